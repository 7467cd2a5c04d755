// meter.c: the line is drawn again at most five times a second.
#include "meter.h"

#include <stdio.h>
#include <unistd.h>

#include "base/os.h"

void meter_init(struct meter *m, bool quiet)
{
    *m = (struct meter){.on = !quiet && isatty(STDERR_FILENO)};
}

void meter_begin(struct meter *m, const char *what, uint64_t done, uint64_t total)
{
    m->what = what;
    m->before = done;
    m->total = total;
    m->start = m->shown = m->on ? os_now() : 0;
}

void meter_at(struct meter *m, uint64_t done)
{
    const double now = m->on ? os_now() : 0, spent = now - m->start;
    if (done < m->before) m->before = done; // it began again
    if (!m->on || now - m->shown < 0.2) return;
    m->shown = now;
    const double rate = (double)(done - m->before) / spent;
    fprintf(stderr, "\r%s: %.1f of %.1f MB, %.1f MB/s", m->what, (double)done / 1e6,
            (double)m->total / 1e6, rate / 1e6);
    const double left = rate > 0 ? (double)(m->total - done) / rate : 0;
    if (left > 0 && left < 360000)
        fprintf(stderr, ", %d:%02d left", (int)left / 60, (int)left % 60);
    fprintf(stderr, "\033[K");
}

void meter_end(struct meter *m)
{
    if (m->on && m->shown > m->start) fprintf(stderr, "\r\033[K");
}
