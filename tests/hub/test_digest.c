// test_digest.c: MD5, SHA-1 and SHA-256 against the vectors of RFC 1321 and FIPS 180-4, in pieces
// of every size.
#include "support/check.h"

#include "hub/digest.h"

static const struct {
    const char *text;
    size_t times;
    const char *md5, *sha1, *sha256;
} vectors[] = {
    {"", 1, "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", 1, "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "8215ef0796a20bcaaae116d3876c664a", "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"a", 1000000, "7707d6ae4e027c70eea2a935c2296f21", "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

static void expect(enum digest_kind kind, const char *text, size_t times, const char *want)
{
    char hex[DIGEST_HEX];
    struct digest d;
    digest_init(&d, kind);
    for (size_t i = 0; i < times; i++) digest_add(&d, text, strlen(text));
    digest_hex(&d, hex);
    assert_string_equal(hex, want);
}

static void published_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        expect(DIGEST_MD5, vectors[i].text, vectors[i].times, vectors[i].md5);
        expect(DIGEST_SHA1, vectors[i].text, vectors[i].times, vectors[i].sha1);
        expect(DIGEST_SHA256, vectors[i].text, vectors[i].times, vectors[i].sha256);
    }
}

// Every length around the block's, cut at every place: the same as in one piece.
static void pieces_do_not_matter(void **state)
{
    (void)state;
    unsigned char bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 7 + 1);
    for (int kind = DIGEST_MD5; kind <= DIGEST_SHA256; kind++) {
        for (size_t n = 0; n <= sizeof bytes; n++) {
            char whole[DIGEST_HEX], cut[DIGEST_HEX];
            struct digest d;
            digest_init(&d, (enum digest_kind)kind);
            digest_add(&d, bytes, n);
            digest_hex(&d, whole);
            for (size_t k = 0; k <= n; k++) {
                digest_init(&d, (enum digest_kind)kind);
                digest_add(&d, bytes, k);
                digest_add(&d, bytes + k, n - k);
                digest_hex(&d, cut);
                assert_string_equal(cut, whole);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_vectors),
                                       cmocka_unit_test(pieces_do_not_matter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
