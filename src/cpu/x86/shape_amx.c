// shape_amx.c: the configuration of a thread's tile registers.
#include <immintrin.h>

#include "cpu/x86/amx.h"

// What LDTILECFG reads.
struct shape {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

static _Thread_local size_t shaped; // rows of what is set, 0: nothing is

void amx_shape(size_t rows)
{
    _Alignas(64) struct shape shape = {.palette = 1};
    if (shaped == rows) return;
    for (int i = 0; i < 8; i++) {
        const bool upper = i == 0 || i == 1 || i == 4;
        shape.row_bytes[i] = AMX_WORDS * sizeof(uint32_t);
        shape.rows[i] = (uint8_t)(upper ? rows : AMX_ROWS);
    }
    AMX_BARRIER();
    _tile_loadconfig(&shape);
    shaped = rows;
}

void amx_end(void)
{
    if (shaped) _tile_release();
    shaped = 0;
}
