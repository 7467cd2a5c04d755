// cpu.h: which kernels run. The table starts from ref/, every level that this CPU has overrides it
// in ascending order, once, at the first use; bert_cpu_limit masks levels before that.
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include <stddef.h>

#include "cpu/kernels.h"

// Levels of this build that this CPU can run, ascending; [0] is "ref". NULL after the last.
const char *const *cpu_levels(void);

// Fills *table with the kernels of cpu_levels()[level]: ref overridden by every level up to it.
void cpu_table(size_t level, struct kernels *table);

// The process's table, decided at the first call; thread-safe.
const struct kernels *cpu_kernels(void);

#endif
