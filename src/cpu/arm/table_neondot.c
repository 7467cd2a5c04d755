// table_neondot.c: the level's row in cpu.c: what it has beyond neon.
#include "cpu/level.h"

KERNEL_TABLE_INT8;
