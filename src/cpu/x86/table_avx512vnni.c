// table_avx512vnni.c: the level's row in cpu.c: what it has beyond avx512.
#include "cpu/level.h"

KERNEL_TABLE_INT8;
