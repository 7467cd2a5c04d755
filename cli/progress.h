// progress.h: one line on a terminal's stderr that says how far long work is, its rate and the time
// that is left; nothing where stderr is no terminal, or with --quiet.
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "opt.h"

struct progress {
    const char *what;
    size_t total; // units of the whole work; 0: not known
    double start, shown;
    bool on;
};

void progress_begin(struct progress *p, const struct options *o, const char *what, size_t total);
// done of total units, in which `items` items were finished.
void progress_at(struct progress *p, size_t done, size_t items);
void progress_end(struct progress *p);

#endif
