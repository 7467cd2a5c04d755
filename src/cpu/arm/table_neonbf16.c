// table_neonbf16.c: the level's row in cpu.c: what it has beyond neondot.
#include "cpu/level.h"

KERNEL_TABLE_BF16;
