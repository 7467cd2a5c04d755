// table_avxvnni.c: the level's row in cpu.c: what it has beyond avx2.
#include "cpu/level.h"

KERNEL_TABLE_INT8;
