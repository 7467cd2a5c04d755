// table_avx512bf16.c: the level's row in cpu.c: what it has beyond avx512vnni.
#include "cpu/level.h"

KERNEL_TABLE_BF16;
