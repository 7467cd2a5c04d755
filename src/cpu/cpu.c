// cpu.c: the levels and the choice among them. A level is one row below: its name, the test whether
// this CPU runs it, and its kernels, NULL where it keeps those of the levels before it. The choice
// is made once, at the first cpu_kernels(), under a lock; bert_cpu_limit can only come before.
#include "cpu/cpu.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "cpu/arm/detect.h"
#include "cpu/x86/detect.h"

static bool always(void)
{
    return true;
}

extern const struct kernels kernels_ref, kernels_c, kernels_avx2, kernels_avxvnni, kernels_avx512,
    kernels_avx512vnni, kernels_avx512bf16, kernels_amx, kernels_neon, kernels_neondot,
    kernels_neonbf16;

static const struct level {
    const char *name;
    bool (*usable)(void);
    const struct kernels *kernels;
} levels[] = {
    {"ref", always, &kernels_ref},
    {"c", always, &kernels_c},
#if defined(__x86_64__)
    {"avx2", x86_has_avx2, &kernels_avx2},
    {"avxvnni", x86_has_avxvnni, &kernels_avxvnni},
    {"avx512", x86_has_avx512, &kernels_avx512},
    {"avx512vnni", x86_has_avx512vnni, &kernels_avx512vnni},
    {"avx512bf16", x86_has_avx512bf16, &kernels_avx512bf16},
    {"amx", x86_has_amx, &kernels_amx},
#elif defined(__aarch64__)
    {"neon", always, &kernels_neon},
    {"neondot", arm_has_dot, &kernels_neondot},
    {"neonbf16", arm_has_bf16, &kernels_neonbf16},
#endif
};
enum { LEVELS = sizeof levels / sizeof *levels };

// The rows that this CPU can run, found once.
static const struct level *usable[LEVELS];
static const char *names[LEVELS + 1];
static size_t n_usable;

static void find_usable(void)
{
    for (size_t i = 0; i < LEVELS; i++) {
        if (!levels[i].usable()) continue;
        names[n_usable] = levels[i].name;
        usable[n_usable++] = &levels[i];
    }
}

const char *const *cpu_levels(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_usable);
    return names;
}

void cpu_table(size_t level, struct kernels *table)
{
    cpu_levels();
    *table = kernels_ref;
    for (size_t i = 1; i <= level; i++) {
        const struct kernels *k = usable[i]->kernels;
#define OVERRIDE(name, args)                                                                       \
    if (k->name) table->name = k->name;
        KERNELS(OVERRIDE)
#undef OVERRIDE
        if (k->peak_f32) table->peak_f32 = k->peak_f32;
        if (k->peak_bf16) table->peak_bf16 = k->peak_bf16;
        if (k->peak_int8) table->peak_int8 = k->peak_int8;
        if (k->gemm_bf16) table->bf16_dot = k->bf16_dot;
        if (k->gemm_int8) table->int8_dot = k->int8_dot;
        if (k->gemm_nr) table->gemm_nr = k->gemm_nr;
        if (k->f32_mr) table->f32_mr = k->f32_mr;
        if (k->bf16_mr) table->bf16_mr = k->bf16_mr;
        if (k->int8_mr) table->int8_mr = k->int8_mr;
        if (k->bf16_part) table->bf16_part = k->bf16_part;
        if (k->bf16_left) table->bf16_left = k->bf16_left;
        if (k->int8_left) table->int8_left = k->int8_left;
        if (k->gemm_end) table->gemm_end = k->gemm_end;
    }
}

// ------------------------------------------------------------------------------------- the choice

static struct {
    pthread_mutex_t lock;
    size_t limit; // highest level allowed
    bool decided;
    struct kernels table;
} chosen = {.lock = PTHREAD_MUTEX_INITIALIZER, .limit = LEVELS};

// The level in use, or that would be; called with the lock.
static size_t chosen_level(void)
{
    cpu_levels();
    return chosen.limit < n_usable ? chosen.limit : n_usable - 1;
}

const struct kernels *cpu_kernels(void)
{
    pthread_mutex_lock(&chosen.lock);
    if (!chosen.decided) cpu_table(chosen_level(), &chosen.table);
    chosen.decided = true;
    pthread_mutex_unlock(&chosen.lock);
    return &chosen.table;
}

const char *bert_cpu_name(void)
{
    pthread_mutex_lock(&chosen.lock);
    const char *name = cpu_levels()[chosen_level()];
    pthread_mutex_unlock(&chosen.lock);
    return name;
}

const char *const *bert_cpu_levels(void)
{
    return cpu_levels();
}

// Index of a name in the list, n where it is not there.
static size_t find_level(const char *name)
{
    size_t i = 0;
    while (i < n_usable && strcmp(names[i], name) != 0) i++;
    return i;
}

static bool known_level(const char *name)
{
    for (size_t i = 0; i < LEVELS; i++) {
        if (strcmp(levels[i].name, name) == 0) return true;
    }
    return false;
}

bert_status bert_cpu_limit(const char *level, bert_error *err)
{
    cpu_levels();
    if (!level || !known_level(level)) {
        return fail(err, BERT_INVALID, "unknown CPU level \"%s\"", level ? level : "(null)");
    }
    const size_t limit = find_level(level);
    if (limit == n_usable) {
        return fail(err, BERT_UNSUPPORTED, "this CPU cannot run level \"%s\"; its best is \"%s\"",
                    level, names[n_usable - 1]);
    }
    pthread_mutex_lock(&chosen.lock);
    const char *in_use = chosen.decided ? names[chosen_level()] : NULL;
    if (!in_use) chosen.limit = limit;
    pthread_mutex_unlock(&chosen.lock);
    if (!in_use || strcmp(in_use, level) == 0) return BERT_OK;
    return fail(err, BERT_INVALID, "the CPU level is \"%s\" since the first model was opened",
                in_use);
}
