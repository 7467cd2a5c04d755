// bench.h: what the measurements of bert bench share: the times of a call made again and again, and
// how many operations a pass of the network is.
//
// Floating-point operations counted are those of the matrix products alone, in L layers over T
// tokens of sequences of length n: L (2 T (4 H² + 2 H F) + Σ 4 n² H).
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "embedder.h"
#include "output.h"

enum { BENCH_MOST = 100000 }; // calls of one measurement

struct bench {
    const struct options *o;
    struct embedder embedder;
    double *times; // [BENCH_MOST]
    double peak;   // the best multiply-add rate seen so far, 10^9 operations a second
    struct output output;
};

// Seconds of a call. p99 is 0 where there were fewer than 100.
struct bench_times {
    size_t calls;
    double p50, p99;
};

// Calls fn, which returns false after saying why, for the time that the options give: once
// uncounted, then 5 times at least, and on to 100, for the sake of p99, in up to 5 times that time.
// Looks at the peak before and after. False: fn failed.
typedef bool bench_fn(struct bench *b, void *arg);
bool bench_measure(struct bench *b, bench_fn *fn, void *arg, struct bench_times *out);

// Operations of a pass over this many tokens; squares is the sum of the squared lengths.
double bench_flops(const struct bench *b, double tokens, double squares);

// Appends the columns of the times, or the rest of a JSON object: of a call over so many texts.
void bench_print(struct bench *b, const struct bench_times *t, double texts, double tokens,
                 double flops);
// The columns' names, and before them the kernels and the peak; nothing with --json.
void bench_head(struct bench *b, const char *first);

// The measurements: starting the program, which comes before the model is opened (a process begins
// with the peak memory of the one that starts it), and texts of files. False after saying why.
bool bench_start(struct bench *b);
bool bench_texts(struct bench *b);

#endif
