// test_inflate.c: deflated data made here by hand, block by block; and what is wrong with some.
#include "support/check.h"

#include "base/buf.h"
#include "base/crc32.h"
#include "base/inflate.h"

// Bits written from the low end of bytes, as deflate wants them; codes from their high bit.
struct bits {
    struct buf out;
    unsigned at; // bits in the last byte; 0: it is full
};

static void put_bit(struct bits *b, unsigned bit)
{
    if (b->at == 0) buf_byte(&b->out, 0);
    b->out.data[b->out.len - 1] |= (char)(bit << b->at);
    b->at = (b->at + 1) % 8;
}

static void put(struct bits *b, unsigned value, int n)
{
    for (int i = 0; i < n; i++) put_bit(b, value >> i & 1);
}

static void put_code(struct bits *b, unsigned code, int n)
{
    for (int i = n - 1; i >= 0; i--) put_bit(b, code >> i & 1);
}

// A symbol of the fixed code (RFC 1951, 3.2.6).
static void put_fixed(struct bits *b, unsigned symbol)
{
    if (symbol < 144) put_code(b, 0x30 + symbol, 8);
    else if (symbol < 256) put_code(b, 0x190 + symbol - 144, 9);
    else if (symbol < 280) put_code(b, symbol - 256, 7);
    else put_code(b, 0xC0 + symbol - 280, 8);
}

static bert_status collect(void *arg, const void *bytes, size_t n, bert_error *err)
{
    (void)err;
    buf_add(arg, bytes, n);
    return BERT_OK;
}

static bert_status unpack(struct bits *b, struct buf *out, bert_error *err)
{
    size_t used = 0;
    buf_init(out);
    const bert_status status = inflate(b->out.data, b->out.len, collect, out, &used, "data", err);
    if (!status) assert_int_equal(used, b->out.len);
    buf_release(&b->out);
    return status;
}

static void good(struct bits *b, const char *want, size_t len)
{
    bert_error err;
    struct buf out;
    if (unpack(b, &out, &err)) fail_msg("%s", err.message);
    assert_int_equal(out.len, len);
    assert_memory_equal(out.data ? out.data : "", want, len);
    buf_release(&out);
}

static void bad(struct bits *b, const char *message)
{
    bert_error err = {0};
    struct buf out;
    const bert_status status = unpack(b, &out, &err);
    buf_release(&out);
    if (status != BERT_FORMAT || !strstr(err.message, message))
        fail_msg("status %d, '%s', want '%s'", status, err.message, message);
}

static void stored_blocks(void **state)
{
    (void)state;
    struct bits b = {0};
    put(&b, 0, 3);
    b.at = 0;
    put(&b, 2, 16);
    put(&b, 0xFFFD, 16);
    put(&b, 'h' | 'i' << 8, 16);
    put(&b, 1, 3);
    b.at = 0;
    put(&b, 0, 16);
    put(&b, 0xFFFF, 16);
    good(&b, "hi", 2);
    b = (struct bits){0};
    put(&b, 1, 8);
    put(&b, 2, 16);
    put(&b, 2, 16);
    bad(&b, "data: its compressed data has a length that its inverse contradicts");
    b = (struct bits){0};
    put(&b, 1, 8);
    put(&b, 2, 16);
    put(&b, 0xFFFD, 16);
    put(&b, 'h', 8);
    bad(&b, "ends too early");
}

static void fixed_block(void **state)
{
    (void)state;
    struct bits b = {0};
    put(&b, 1 | 1 << 1, 3);
    put_fixed(&b, 'a');
    put_fixed(&b, 0xE9);
    put_fixed(&b, 257 + 2);  // length 5
    put_code(&b, 1, 5);      // distance 2
    put_fixed(&b, 257 + 27); // length 227 and 5 bits
    put(&b, 30, 5);          // 257
    put_code(&b, 0, 5);      // distance 1
    put_fixed(&b, 256);
    char want[2 + 5 + 257] = "a\xE9"
                             "a\xE9"
                             "a\xE9"
                             "a";
    memset(want + 7, 'a', 257);
    good(&b, want, sizeof want);
    b = (struct bits){0};
    put(&b, 3, 3);
    put_fixed(&b, 'a');
    put_fixed(&b, 257);
    put_code(&b, 1, 5);
    bad(&b, "copies from before its beginning");
    b = (struct bits){0};
    put(&b, 3, 3);
    put_fixed(&b, 'a');
    put_fixed(&b, 257);
    put_code(&b, 30, 5);
    bad(&b, "has a distance that means nothing");
    b = (struct bits){0};
    put(&b, 3, 3);
    put_fixed(&b, 286);
    bad(&b, "has a length that means nothing");
    b = (struct bits){0};
    put(&b, 3, 3);
    put_fixed(&b, 'a');
    bad(&b, "ends too early");
    b = (struct bits){0};
    put(&b, 7, 3);
    bad(&b, "has a block of no kind");
    b = (struct bits){0};
    bad(&b, "ends too early");
}

// The head of a block with its own codes, whose code of lengths gives each of 0, 1, 8 and 18 two
// bits: 00, 01, 10 and 11.
static void put_own(struct bits *b, unsigned literals, unsigned distances)
{
    put(b, 1 | 2 << 1, 3);
    put(b, literals - 257, 5);
    put(b, distances - 1, 5);
    put(b, 18 - 4, 4); // lengths of 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1
    static const int two[18] = {0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
    for (int i = 0; i < 18; i++) put(b, (unsigned)two[i], 3);
}

static void put_zeros(struct bits *b, unsigned n) // 11 to 138
{
    put_code(b, 3, 2);
    put(b, n - 11, 7);
}

static void own_codes(void **state)
{
    (void)state;
    struct bits b = {0};
    put_own(&b, 257, 1); // 'a' and the end have a bit each, distances none
    put_zeros(&b, 97);
    put_code(&b, 1, 2);
    put_zeros(&b, 138);
    put_zeros(&b, 20);
    put_code(&b, 1, 2);
    put_code(&b, 0, 2);
    put_code(&b, 0, 1);
    put_code(&b, 0, 1);
    put_code(&b, 1, 1);
    good(&b, "aa", 2);
    b = (struct bits){0};
    put_own(&b, 257, 1);
    put_zeros(&b, 138);
    put_zeros(&b, 118);
    put_code(&b, 0, 2);
    put_code(&b, 0, 2);
    bad(&b, "has no code for the end of a block");
    b = (struct bits){0};
    put_own(&b, 257, 1);
    put_zeros(&b, 138);
    put_zeros(&b, 138);
    bad(&b, "has more lengths than codes");
    b = (struct bits){0};
    put_own(&b, 257, 1);
    for (int i = 0; i < 3; i++) put_code(&b, 1, 2); // three codes of one bit
    put_zeros(&b, 138);
    put_zeros(&b, 115);
    put_code(&b, 1, 2);
    put_code(&b, 0, 2);
    bad(&b, "has more codes than fit");
    b = (struct bits){0};
    put_own(&b, 257, 1);
    put_code(&b, 2, 2); // two of eight bits
    put_zeros(&b, 138);
    put_zeros(&b, 117);
    put_code(&b, 2, 2);
    put_code(&b, 0, 2);
    bad(&b, "has codes that mean nothing");
    b = (struct bits){0};
    put(&b, 5, 3);
    put(&b, 31, 5);
    put(&b, 0, 5);
    put(&b, 0, 4);
    bad(&b, "has more codes than there are");
}

// Copies reach back over 32 KB while much more has come out.
static void far_copies(void **state)
{
    (void)state;
    struct bits b = {0};
    enum { LENGTH = 32768, TIMES = 5 };
    char *want = malloc(LENGTH);
    assert_non_null(want);
    put(&b, 0, 8);
    put(&b, LENGTH, 16);
    put(&b, LENGTH ^ 0xFFFF, 16);
    for (int i = 0; i < LENGTH; i++) {
        want[i] = (char)(i * 2654435761u >> 13);
        put(&b, (unsigned char)want[i], 8);
    }
    put(&b, 3, 3);
    for (int i = 0; i < LENGTH / 131 * TIMES; i++) {
        put_fixed(&b, 257 + 24); // length 131 and 5 bits
        put(&b, 0, 5);
        put_code(&b, 29, 5); // distance 24577 and 13 bits
        put(&b, 8191, 13);   // 32768
    }
    put_fixed(&b, 256);
    bert_error err;
    struct buf out;
    if (unpack(&b, &out, &err)) fail_msg("%s", err.message);
    assert_int_equal(out.len, LENGTH + LENGTH / 131 * TIMES * 131);
    for (size_t i = 0; i < out.len; i++) assert_int_equal(out.data[i], want[i % LENGTH]);
    buf_release(&out);
    free(want);
}

static bert_status refuse(void *arg, const void *bytes, size_t n, bert_error *err)
{
    (void)arg, (void)bytes, (void)n;
    return fail(err, BERT_IO, "no room");
}

static void the_writer_may_refuse(void **state)
{
    (void)state;
    struct bits b = {0};
    bert_error err;
    size_t used;
    put(&b, 3, 3);
    put_fixed(&b, 'a');
    put_fixed(&b, 256);
    assert_int_equal(inflate(b.out.data, b.out.len, refuse, NULL, &used, "data", &err), BERT_IO);
    assert_string_equal(err.message, "no room");
    buf_release(&b.out);
}

static void crc(void **state)
{
    (void)state;
    struct crc32 c;
    crc32_init(&c);
    crc32_add(&c, "123", 3);
    crc32_add(&c, "456789", 6);
    assert_int_equal(c.value, 0xCBF43926); // the check value of CRC-32
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stored_blocks),
                                       cmocka_unit_test(fixed_block),
                                       cmocka_unit_test(own_codes),
                                       cmocka_unit_test(far_copies),
                                       cmocka_unit_test(the_writer_may_refuse),
                                       cmocka_unit_test(crc)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
