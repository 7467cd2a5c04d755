// amx.h: the tile registers of level amx (Intel SDM 1, chapter 18): eight of 16 rows of 64 bytes. A
// kernel says how they are to be shaped; the shape stays for the thread's next call, since setting
// it costs as much as a dozen products, until amx_end.
#ifndef CPU_X86_AMX_H
#define CPU_X86_AMX_H

#include "cpu/level.h"

// Rows of a tile register, words of its row; and the product's tile: 2 x 2 registers of sums, two
// of each operand.
enum { AMX_ROWS = 16, AMX_WORDS = 16, AMX_MR = 2 * AMX_ROWS, AMX_NR = 2 * AMX_WORDS };

// Before tiles are read from memory just written, and after they were written to it: gcc's
// intrinsics do not say that they touch memory.
#define AMX_BARRIER() __asm__ volatile("" ::: "memory")

// Registers 0, 1 and 4 (the upper sums and left operand) have `rows` rows, at most 16; the others
// 16.
void amx_shape(size_t rows);
void amx_end(void);

#endif
