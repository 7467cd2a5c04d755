// bench_start.c: from the start of the process to its first vector, with the model's files in the
// page cache: this program is run as `bert embed`, and its whole life is timed.
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/os_folder.h"
#include "base/os_program.h"
#include "bench.h"
#include "cli.h"

enum { RUNS = 11, MOST_ARGUMENTS = 24 };

static int compare_runs(const void *a, const void *b)
{
    const struct os_run *x = a, *y = b;
    return (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

// The options of this command that embed takes too.
static void fill_arguments(char **argv, const struct options *o, char *model, char *threads)
{
    char *fixed[] = {"bert", "embed", "--quiet", "--format", "f32", "-o", "/dev/null", "-m", model};
    size_t n = sizeof fixed / sizeof *fixed;
    memcpy(argv, fixed, sizeof fixed);
    if (o->threads) argv[n++] = "--threads", argv[n++] = threads;
    if (o->cpu) argv[n++] = "--cpu", argv[n++] = (char *)o->cpu;
    if (o->gelu) argv[n++] = "--gelu", argv[n++] = (char *)o->gelu;
    if (o->dtype) argv[n++] = "--dtype", argv[n++] = (char *)o->dtype;
    argv[n++] = "The quick brown fox jumps over the lazy dog.";
    argv[n] = NULL;
}

static bool run_all(const char *program, char **argv, struct os_run *runs)
{
    bert_error err;
    for (int i = 0; i <= RUNS; i++) { // the first is not counted, the next one takes its place
        if (os_program_run(program, argv, &runs[i ? i - 1 : 0], &err)) {
            say_error("%s", err.message);
            return false;
        }
        if (runs[i ? i - 1 : 0].status) return false; // it said why
    }
    qsort(runs, RUNS, sizeof *runs, compare_runs);
    return true;
}

static void print_runs(struct bench *b, const struct os_run *runs)
{
    const double best = runs[0].seconds * 1e3, median = runs[RUNS / 2].seconds * 1e3;
    size_t memory = 0;
    for (int i = 0; i < RUNS; i++) memory = runs[i].memory > memory ? runs[i].memory : memory;
    if (b->o->json) {
        buf_print(&b->output.buffer,
                  "{\"start_ms\":%.3f,\"start_best_ms\":%.3f,\"start_rounds\":%d,"
                  "\"start_peak_memory\":%zu}\n",
                  median, best, RUNS, memory);
    } else {
        buf_print(&b->output.buffer,
                  "start of the process to its first vector %.1f ms (best of %d: %.1f), "
                  "peak memory %.1f MB\n",
                  median, RUNS, best, (double)memory * 1e-6);
    }
}

bool bench_start(struct bench *b)
{
    char *argv[MOST_ARGUMENTS], threads[16];
    struct os_run runs[RUNS];
    char *folder = os_program_folder(), *model = cli_model_path(b->o);
    char *program = folder ? os_join(folder, "bert") : NULL;
    bool good = model != NULL;
    if (good && program && os_is_file(program)) { // a program by another name cannot find itself
        snprintf(threads, sizeof threads, "%d", b->o->threads);
        fill_arguments(argv, b->o, model, threads);
        good = run_all(program, argv, runs);
        if (good) print_runs(b, runs);
    }
    mem_free(program);
    mem_free(folder);
    mem_free(model);
    return good;
}
