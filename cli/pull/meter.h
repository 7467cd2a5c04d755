// meter.h: one line on a terminal's stderr: what is being brought, how much of it is there, how
// fast it comes and how long it will take yet.
#ifndef PULL_METER_H
#define PULL_METER_H

#include <stdbool.h>
#include <stdint.h>

struct meter {
    bool on;
    const char *what;
    uint64_t total, before; // bytes in all, and those that were there when it began
    double start, shown;
};

// quiet, or stderr no terminal: nothing is shown.
void meter_init(struct meter *m, bool quiet);
void meter_begin(struct meter *m, const char *what, uint64_t done, uint64_t total);
void meter_at(struct meter *m, uint64_t done);
void meter_end(struct meter *m); // wipes the line

#endif
