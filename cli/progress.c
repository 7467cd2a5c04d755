// progress.c: the line is drawn again at most five times a second.
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/os.h"

void progress_begin(struct progress *p, const struct options *o, const char *what, size_t total)
{
    *p = (struct progress){.what = what, .total = total, .on = !o->quiet && isatty(STDERR_FILENO)};
    p->start = p->shown = p->on ? os_now() : 0;
}

void progress_at(struct progress *p, size_t done, size_t items)
{
    const double now = p->on ? os_now() : 0, spent = now - p->start;
    if (!p->on || now - p->shown < 0.2) return;
    p->shown = now;
    fprintf(stderr, "\r%s: %zu, %.0f/s", p->what, items, (double)items / spent);
    if (p->total && done) {
        const double left = spent / (double)done * (double)(p->total - done);
        fprintf(stderr, ", %.0f%%, %d:%02d left", 100.0 * (double)done / (double)p->total,
                (int)(left / 60), (int)left % 60);
    }
    fprintf(stderr, "\033[K");
}

void progress_end(struct progress *p)
{
    if (p->on && p->shown > p->start) fprintf(stderr, "\r\033[K");
}
