// test_torch.c: files that torch.save wrote (tools/torch_files.py) give the tensors that
// safetensors wrote beside them; a pickle that wants more than a state dict needs is refused by
// name; archives and pickles that lie, are cut or have a bit flipped never crash or hang (run it
// under the sanitizers). Hostile files are made here: pickles of the legacy format, and archives by
// hand.
#include "support/check.h"

#include "base/buf.h"
#include "base/os.h"
#include "ckpt/ckpt.h"
#include "ckpt/torch.h"
#include "base/zip.h"

#define DATA "tests/ckpt/data/"

typedef bert_status reader(struct ckpt_list *list, const unsigned char *data, size_t size,
                           const char *path, bert_error *err);

static volatile unsigned char sink; // of bytes that are read to be read

// Reads a copy that ends where the heap block ends, so that the sanitizer sees one byte too many;
// every byte of every tensor is read. Whether the file is good; every error names it.
static bool read_copy(reader *read, const void *bytes, size_t size, bert_error *err)
{
    struct ckpt_list list = {0};
    unsigned char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size) memcpy(copy, bytes, size);
    *err = (bert_error){0};
    const bool good = read(&list, copy, size, "dir/m.bin", err) == BERT_OK;
    for (size_t i = 0; good && i < list.count; i++) {
        for (size_t k = 0; k < list.tensors[i].bytes; k++) sink ^= list.tensors[i].data[k];
    }
    if (!good && strncmp(err->message, "dir/m.bin: ", 11) != 0) fail_msg("%s", err->message);
    ckpt_list_release(&list);
    free(copy);
    return good;
}

static void want_error(reader *read, const void *bytes, size_t size, bert_status status,
                       const char *what)
{
    bert_error err;
    assert_false(read_copy(read, bytes, size, &err));
    if (err.status != status || !strstr(err.message, what)) {
        fail_msg("want %d and '%s', got %d: %s", status, what, err.status, err.message);
    }
}

static struct os_file load(const char *path)
{
    struct os_file file;
    bert_error err;
    if (os_file_open(&file, path, true, &err)) fail_msg("%s", err.message);
    return file;
}

// ------------------------------------------------------------------------------------ good files

static struct ckpt *open_file(const char *path)
{
    bert_error err = {0};
    struct ckpt *c = ckpt_open(path, false, &err);
    if (!c) fail_msg("%s", err.message);
    return c;
}

static void assert_same(const struct ckpt_tensor *a, const struct ckpt_tensor *b)
{
    assert_string_equal(a->name, b->name);
    if (a->dtype != b->dtype || a->n_dims != b->n_dims || a->bytes != b->bytes ||
        memcmp(a->dims, b->dims, a->n_dims * sizeof *a->dims) != 0 ||
        (a->bytes && memcmp(a->data, b->data, a->bytes) != 0)) {
        fail_msg("%s differs", a->name);
    }
}

static void same_tensors(const char *path, const char *as, const char *format, size_t least)
{
    struct ckpt *c = open_file(path), *same = open_file(as);
    assert_string_equal(ckpt_format(c), format);
    assert_true(ckpt_count(c) >= least && ckpt_count(c) <= ckpt_count(same));
    for (size_t i = 0; i < ckpt_count(c); i++) {
        const struct ckpt_tensor *b = ckpt_find(same, ckpt_at(c, i)->name);
        assert_non_null(b);
        assert_same(ckpt_at(c, i), b);
    }
    const struct ckpt_tensor *weight = ckpt_find(c, "dense.weight");
    assert_ptr_equal(weight->data, ckpt_find(c, "tied.weight")->data); // one storage
    ckpt_close(c);
    ckpt_close(same);
}

static void zip_format(void **state)
{
    (void)state;
    same_tensors(DATA "zip.bin", DATA "same.safetensors", "PyTorch", 24);
    struct ckpt *c = open_file(DATA "zip.bin");
    const struct ckpt_tensor *t = ckpt_find(c, "dense.weight");
    assert_int_equal((uintptr_t)t->data % 64, 0); // as torch aligns storages: used in place
    ckpt_close(c);
}

static void legacy_format(void **state)
{
    (void)state;
    same_tensors(DATA "legacy.bin", DATA "same.safetensors", "PyTorch (before 1.6)", 21);
}

// torch.save(…, pickle_protocol=4) and 5; it writes 2 by default.
static void later_protocols(void **state)
{
    (void)state;
    static const char as[] = DATA "protocol.safetensors";
    same_tensors(DATA "protocol4.bin", as, "PyTorch", 6);
    same_tensors(DATA "protocol5.bin", as, "PyTorch (before 1.6)", 6);
}

// Of a dict with a state dict in it, the tensors of that one.
static void wrapped(void **state)
{
    (void)state;
    same_tensors(DATA "wrapped.bin", DATA "protocol.safetensors", "PyTorch", 6);
    struct ckpt *c = open_file(DATA "wrapped.bin"), *plain = open_file(DATA "zip.bin");
    assert_string_equal(ckpt_part(c), "model_state_dict");
    assert_null(ckpt_part(plain));
    ckpt_close(c);
    ckpt_close(plain);
}

// Values that are no tensors are passed over.
static void plain_values(void **state)
{
    (void)state;
    struct ckpt *c = open_file(DATA "plain.bin");
    assert_int_equal(ckpt_count(c), 1);
    assert_string_equal(ckpt_at(c, 0)->name, "weight");
    ckpt_close(c);
}

static void whole_modules_are_refused(void **state)
{
    (void)state;
    struct os_file f = load(DATA "model.bin");
    want_error(torch_zip_read, f.data, f.size, BERT_UNSUPPORTED, "torch.nn.modules.linear.Linear");
    want_error(torch_zip_read, f.data, f.size, BERT_UNSUPPORTED, "safetensors.torch.save_file");
    os_file_close(&f);
}

// --------------------------------------------------------------------------------- legacy files

// clang-format off

#define START                                                                                      \
    "\x80\2\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."                                      \
    "\x80\2M\xE9\3."                                                                               \
    "\x80\2}X\15\0\0\0little_endian\x88s."
#define GLOBAL(module, name) "c" module "\n" name "\n"
#define REBUILD GLOBAL("torch._utils", "_rebuild_tensor_v2")
#define STORAGE(class, key, n) "(U\7storage" GLOBAL("torch", class) "U\1" key "U\3cpuK" n "NtQ"
#define HOOKS "\x89" GLOBAL("collections", "OrderedDict") ")R"
#define FLOATS STORAGE("FloatStorage", "0", "\4") // four of them
#define VECTOR REBUILD "(" FLOATS "K\0K\4\x85K\1\x85" HOOKS "tR"
#define OTHER REBUILD "(" STORAGE("FloatStorage", "1", "\4") "K\0K\4\x85K\1\x85" HOOKS "tR"
#define PARAMETER GLOBAL("torch._utils", "_rebuild_parameter")
#define V3 GLOBAL("torch._utils", "_rebuild_tensor_v3")
#define UNTYPED                                                                                    \
    "(U\7storage" GLOBAL("torch.storage", "UntypedStorage") "U\1" "0U\3cpuK\20NtQ"
#define BIG "\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F" // 2^63 - 1
#define KEYS "\x80\2](U\1" "0e."
#define NUMBERS "\4\0\0\0\0\0\0\0" "0123456789ABCDEF"
#define DICT(entries) "\x80\2}(" entries "u."

// The text as bytes, its NULs included.
#define LEGACY_GOOD(bytes) want_good(bytes, sizeof(bytes) - 1)
#define LEGACY_BAD(bytes, status, what)                                                            \
    want_error(torch_legacy_read, bytes, sizeof(bytes) - 1, status, what)
// A file whose third pickle is these bytes.
#define PICKLE_BAD(bytes, status, what) LEGACY_BAD(START bytes, status, what)
// A file whose one tensor "a" is this.
#define TENSOR_GOOD(value) LEGACY_GOOD(START DICT("U\1a" value) KEYS NUMBERS)
#define NO_STORAGE(value, status, what)                                                            \
    LEGACY_BAD(START DICT("U\1a" value) "\x80\2].", status, what)
#define TENSOR_BAD(value, status, what)                                                            \
    LEGACY_BAD(START DICT("U\1a" value) KEYS NUMBERS, status, what)

// Over a storage of 16 bytes.
#define TENSOR_GOOD_BYTES(value)                                                                   \
    LEGACY_GOOD(START DICT("U\1a" value) KEYS BYTES)
#define BYTES "\20\0\0\0\0\0\0\0" "0123456789ABCDEF"

static void want_good(const void *bytes, size_t size)
{
    bert_error err;
    if (!read_copy(torch_legacy_read, bytes, size, &err)) fail_msg("%s", err.message);
}

static void legacy_forms(void **state)
{
    (void)state;
    TENSOR_GOOD(VECTOR);
    LEGACY_GOOD(START DICT("") "\x80\2]."); // nothing
    LEGACY_GOOD(START DICT("U\1aK\5") "\x80\2].");
    TENSOR_GOOD(GLOBAL("torch._utils", "_rebuild_tensor") "(" FLOATS "K\1K\3\x85K\1\x85tR");
    TENSOR_GOOD(GLOBAL("torch._utils", "_rebuild_parameter") "(" VECTOR "\x88" HOOKS "tR");
    TENSOR_GOOD(REBUILD "(" FLOATS "K\0" GLOBAL("torch", "Size") "K\4\x85\x85RK\1\x85" HOOKS "tR");
    TENSOR_GOOD(REBUILD "(" FLOATS "K\0K\1K\4\x86K\xFFK\1\x86" HOOKS "tR"); // stride of 1: any
    TENSOR_GOOD(REBUILD "(" FLOATS "K\0)" ")" HOOKS "tR");                   // a scalar
    TENSOR_GOOD(REBUILD "(" FLOATS "K\xFFK\0\x85K\1\x85" HOOKS "tR");        // empty
    TENSOR_GOOD(REBUILD "(" FLOATS "K\0K\4\x85K\1\x85" HOOKS "}tR");         // no metadata
    // Numbers as Python 2 writes them; texts that are long, as Python 3 does.
    TENSOR_GOOD(REBUILD "(" FLOATS "\x8A\0\x8A\1\4\x85J\1\0\0\0\x85" HOOKS "tR");
    LEGACY_GOOD(START DICT("X\1\0\0\0a" VECTOR "T\1\0\0\0bG........") KEYS NUMBERS);
}

static void broken_wrappers(void **state)
{
    (void)state;
    TENSOR_GOOD("K\1U\5model}U\1b" VECTOR "s"); // beside a value
    LEGACY_GOOD(START DICT("U\5model" VECTOR) KEYS NUMBERS); // a tensor of that name
    LEGACY_GOOD(START DICT("U\12state_dict" GLOBAL("collections", "OrderedDict")
                           "](](U\1a" VECTOR "ee\x85R") KEYS NUMBERS);
    LEGACY_BAD(START DICT("U\5model}U\12state_dict}") "\x80\2].", BERT_UNSUPPORTED,
               "two dicts, 'model' and 'state_dict'");
    LEGACY_BAD(START DICT("U\5model}U\5model}") "\x80\2].", BERT_UNSUPPORTED, "two dicts");
    LEGACY_BAD(START DICT("U\5model}U\5model}s") "\x80\2].", BERT_UNSUPPORTED,
               "'model' is no tensor"); // one level
    LEGACY_BAD(START DICT("U\5other}U\1a" VECTOR "s") KEYS NUMBERS, BERT_UNSUPPORTED,
               "'other' is no tensor");
    LEGACY_BAD(START "\x80\2}q\0U\5modelh\0s.\x80\2].", BERT_UNSUPPORTED, "'model' is no tensor");
}

// As Python 2 pickles an OrderedDict: of a list of pairs; and with attributes.
static void ordered_dict_of_pairs(void **state)
{
    (void)state;
    static const char good[] = START "\x80\2" GLOBAL("collections", "OrderedDict")
        "](](U\1a" VECTOR "ee\x85R}b." KEYS NUMBERS;
    LEGACY_GOOD(good);
    LEGACY_BAD(START "\x80\2" GLOBAL("collections", "OrderedDict") "](K\1e\x85R." KEYS NUMBERS,
               BERT_FORMAT, "list of storages");
    LEGACY_BAD(START "\x80\2" GLOBAL("collections", "OrderedDict") "](K\1e\x85R.\x80\2].",
               BERT_FORMAT, "no pairs");
}

static void broken_tensors(void **state)
{
    (void)state;
    TENSOR_BAD(REBUILD "(" FLOATS "K\0K\5\x85K\1\x85" HOOKS "tR", BERT_FORMAT,
               "tensor 'a': it reaches to element 4 of a storage of 4");
    TENSOR_BAD(REBUILD "(" FLOATS "K\1K\4\x85K\1\x85" HOOKS "tR", BERT_FORMAT, "element 4");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0K\2K\2\x86K\4K\1\x86" HOOKS "tR", BERT_FORMAT, "element 5");
    TENSOR_BAD(REBUILD "(" FLOATS "\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7FK\4\x85K\1\x85" HOOKS
                       "tR",
               BERT_FORMAT, "a storage of 4");
    TENSOR_BAD(REBUILD "(" FLOATS "J\xFF\xFF\xFF\xFFK\4\x85K\1\x85" HOOKS "tR", BERT_FORMAT,
               "no offset");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0J\xFF\xFF\xFF\xFF\x85K\1\x85" HOOKS "tR", BERT_FORMAT,
               "its size holds");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0K\4\x85J\xFF\xFF\xFF\xFF\x85" HOOKS "tR", BERT_FORMAT,
               "its stride holds");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0K\4K\1\x85" HOOKS "tR", BERT_FORMAT, "size is no tuple");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0K\4\x85)" HOOKS "tR", BERT_FORMAT, "1 sizes and 0 strides");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0(K\1K\1K\1K\1K\1K\1K\1K\1K\1tK\1\x85" HOOKS "tR",
               BERT_UNSUPPORTED, "more than 8 dimensions");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0" BIG BIG "\x86K\1K\1\x86" HOOKS "tR", BERT_FORMAT,
               "exceeds 64 bits");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0K\2\x85" BIG "\x85" HOOKS "tR", BERT_FORMAT, "element");
    TENSOR_BAD(REBUILD "(" FLOATS "K\0K\4\x85K\1\x85" HOOKS "}(K\1K\2utR", BERT_UNSUPPORTED,
               "negative bit");
    TENSOR_BAD(REBUILD "(" FLOATS "tR", BERT_FORMAT, "_rebuild_tensor_v2 with 1 arguments");
    NO_STORAGE(REBUILD ")R", BERT_FORMAT, "_rebuild_tensor_v2 with 0 arguments");
    NO_STORAGE(REBUILD "(K\1K\0K\4\x85K\1\x85" HOOKS "tR", BERT_FORMAT, "no storage");
    NO_STORAGE("]", BERT_UNSUPPORTED, "'a' is no tensor, want a plain state dict");
    TENSOR_BAD("}(U\1b" VECTOR "u", BERT_UNSUPPORTED, "'a' is no tensor");
    TENSOR_BAD(FLOATS, BERT_UNSUPPORTED, "'a' is no tensor");
    NO_STORAGE(PARAMETER ")R", BERT_UNSUPPORTED, "'a' is no tensor");
    TENSOR_BAD(PARAMETER "(" PARAMETER "(" VECTOR "\x88" HOOKS "tR\x88" HOOKS "tR",
               BERT_UNSUPPORTED, "'a' is no tensor");
    NO_STORAGE(GLOBAL("torch", "Size") "(K\1\x85tR", BERT_UNSUPPORTED, "'a' is no tensor");
    TENSOR_BAD(V3 "(" FLOATS "K\0K\4\x85K\1\x85" HOOKS "NtR", BERT_FORMAT, "it has no dtype");
    LEGACY_BAD(START DICT("U\1a" REBUILD "(" UNTYPED "K\0K\4\x85K\1\x85" HOOKS "tR") KEYS BYTES,
               BERT_FORMAT, "no dtype");
    TENSOR_GOOD_BYTES(V3 "(" UNTYPED "K\0K\4\x85K\1\x85" HOOKS GLOBAL("torch", "uint32") "tR");
}

static void broken_storages(void **state)
{
    (void)state;
    LEGACY_BAD(START DICT("U\1a" VECTOR) "\x80\2]." NUMBERS, BERT_FORMAT, "not of the 1 that");
    LEGACY_BAD(START DICT("U\1a" VECTOR) "\x80\2](U\1" "1e." NUMBERS, BERT_FORMAT, "of no tensor");
    LEGACY_BAD(START DICT("U\1a" VECTOR) "\x80\2](K\1e." NUMBERS, BERT_FORMAT, "of no tensor");
    LEGACY_BAD(START DICT("U\1a" VECTOR "U\1b" OTHER) "\x80\2](U\1" "0U\1" "0e." NUMBERS NUMBERS,
               BERT_FORMAT, "holds one twice");
    LEGACY_BAD(START DICT("U\1a" VECTOR) KEYS "\5\0\0\0\0\0\0\0" "0123456789ABCDEF", BERT_FORMAT,
               "a storage of 5 elements, its tensors say 4");
    LEGACY_BAD(START DICT("U\1a" VECTOR) KEYS NUMBERS "x", BERT_FORMAT, "1 bytes behind");
    LEGACY_BAD(START DICT("U\1a" VECTOR) KEYS "\4\0\0\0\0\0\0\0" "0123456789ABCDE", BERT_FORMAT,
               "cut short");
    LEGACY_BAD(START DICT("U\1a" VECTOR) KEYS "\4\0\0", BERT_FORMAT, "cut short");
    // One key for two storages, by size or by type.
    TENSOR_BAD(VECTOR "U\1b" STORAGE("FloatStorage", "0", "\5"), BERT_FORMAT,
               "of 4 elements and of 5");
    TENSOR_BAD(VECTOR "U\1b" STORAGE("IntStorage", "0", "\4"), BERT_FORMAT, "of two types");
    TENSOR_BAD("(U\7storage" GLOBAL("torch", "FloatStorage") "U\1" "0U\3cpuK\4K\1tQ",
               BERT_UNSUPPORTED, "a view of another");
    TENSOR_BAD("U\1" "0Q", BERT_FORMAT, "persistent id");
    TENSOR_BAD("(U\6module" GLOBAL("torch", "FloatStorage") "U\1" "0U\3cpuK\4tQ", BERT_FORMAT,
               "persistent id");
    TENSOR_BAD("(U\7storage" GLOBAL("torch", "float32") "U\1" "0U\3cpuK\4tQ", BERT_FORMAT,
               "persistent id");
    TENSOR_BAD("(U\7storage" GLOBAL("torch", "FloatStorage") "U\1" "0U\3cpu" BIG "tQ", BERT_FORMAT,
               "a storage of");
    TENSOR_BAD("(U\7storage" GLOBAL("torch", "FloatStorage") "U\1" "0U\3cpuJ\xFF\xFF\xFF\xFFtQ",
               BERT_FORMAT, "persistent id");
}

static void broken_dicts(void **state)
{
    (void)state;
    LEGACY_BAD(START DICT("U\1a" VECTOR "U\1a" VECTOR) KEYS NUMBERS, BERT_FORMAT,
               "tensor 'a': there twice");
    LEGACY_BAD(START DICT("K\1" VECTOR) KEYS NUMBERS, BERT_UNSUPPORTED, "a key that is no text");
    LEGACY_BAD(START DICT("U\1\n" VECTOR) KEYS NUMBERS, BERT_UNSUPPORTED, "not plain ASCII");
    LEGACY_BAD(START DICT("U\2\xC3\xA9" VECTOR) KEYS NUMBERS, BERT_UNSUPPORTED, "not plain ASCII");
    LEGACY_BAD(START "\x80\2K\1.\x80\2].", BERT_UNSUPPORTED, "holds no dict");
    LEGACY_BAD(START "\x80\2].\x80\2].", BERT_UNSUPPORTED, "holds no dict");
    LEGACY_BAD(START "\x80\2" VECTOR "." KEYS NUMBERS, BERT_UNSUPPORTED, "holds no dict");
}

static void broken_starts(void **state)
{
    (void)state;
    static const char magic[] = "\x80\2\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.";
    want_error(torch_legacy_read, magic, sizeof magic - 2, BERT_UNSUPPORTED, "not one of torch");
    LEGACY_BAD("\x80\2K\1.", BERT_UNSUPPORTED, "not one of torch.save");
#define MAGIC "\x80\2\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."
    LEGACY_BAD(MAGIC, BERT_FORMAT, "cut short");
    LEGACY_BAD(MAGIC "\x80\2M\xE8\3.", BERT_UNSUPPORTED, "protocol is not 1001");
    LEGACY_BAD(MAGIC "\x80\2M\xE9\3.\x80\2}.", BERT_UNSUPPORTED, "little-endian");
    LEGACY_BAD(MAGIC "\x80\2M\xE9\3.\x80\2}U\15little_endian\x89s.", BERT_UNSUPPORTED,
               "little-endian");
    LEGACY_BAD(MAGIC "\x80\2M\xE9\3.\x80\2K\1.", BERT_UNSUPPORTED, "little-endian");
}

// ------------------------------------------------------------------------------ hostile pickles

static void other_globals(void **state)
{
    (void)state;
    PICKLE_BAD("\x80\2" GLOBAL("os", "system") "U\4true\x85R.", BERT_UNSUPPORTED,
               "it wants os.system, which no plain state dict needs; where you trust it");
    PICKLE_BAD("\x80\2" GLOBAL("posix", "system") "U\4true\x85R.", BERT_UNSUPPORTED,
               "posix.system");
    PICKLE_BAD("\x80\2" GLOBAL("builtins", "eval") ".", BERT_UNSUPPORTED, "builtins.eval");
    PICKLE_BAD("\x80\2" GLOBAL("torch", "load") ".", BERT_UNSUPPORTED, "torch.load");
    PICKLE_BAD("\x80\2" GLOBAL("torch.storage", "_load_from_bytes") ".", BERT_UNSUPPORTED,
               "torch.storage._load_from_bytes");
    PICKLE_BAD("\x80\2" GLOBAL("torch._utils", "_rebuild_tensor_v2.__globals__") ".",
               BERT_UNSUPPORTED, "__globals__");
    PICKLE_BAD("\x80\2" GLOBAL("\33[31m", "x\xFF") ".", BERT_UNSUPPORTED, "?[31m.x");
    PICKLE_BAD("\x80\2" "cos\nsystem", BERT_FORMAT, "does not end");
    PICKLE_BAD("\x80\2" "cos", BERT_FORMAT, "does not end");
    // A type is no function, nor is a number or a dict.
    PICKLE_BAD("\x80\2" GLOBAL("torch", "FloatStorage") ")R.", BERT_UNSUPPORTED, "REDUCE calls");
    PICKLE_BAD("\x80\2K\1)R.", BERT_UNSUPPORTED, "REDUCE calls");
    PICKLE_BAD("\x80\2})R.", BERT_UNSUPPORTED, "REDUCE calls");
    PICKLE_BAD("\x80\2" REBUILD "]R.", BERT_UNSUPPORTED, "REDUCE calls");
    PICKLE_BAD("\x80\2]}b.", BERT_UNSUPPORTED, "BUILD");
    PICKLE_BAD("\x80\2" REBUILD ")R}b.", BERT_UNSUPPORTED, "BUILD");
}

static void other_opcodes(void **state)
{
    (void)state;
    static const struct {
        unsigned char code;
        const char *name;
    } cases[] = {{0x81, "NEWOBJ"},    {0x8D, "BINUNICODE8"}, {'i', "INST"},    {'o', "OBJ"},
                 {0x97, "NEXT_BUFFER"}, {'P', "PERSID"},     {0x82, "EXT1"},   {0x92, "NEWOBJ_EX"},
                 {0x8F, "EMPTY_SET"}, {'0', "POP"},          {'2', "DUP"},     {0x8B, "LONG4"},
                 {'B', "BINBYTES"},   {0x96, "BYTEARRAY8"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[sizeof START + 3] = START "\x80\2";
        file[sizeof START + 1] = (char)cases[i].code;
        want_error(torch_legacy_read, file, sizeof START + 2, BERT_UNSUPPORTED, cases[i].name);
    }
    PICKLE_BAD("\x80\2\xFF.", BERT_FORMAT, "pickle byte 2: 0xFF is no opcode");
    PICKLE_BAD("\x80\2\0.", BERT_FORMAT, "0x00 is no opcode");
}

static void broken_stacks(void **state)
{
    (void)state;
    PICKLE_BAD("", BERT_FORMAT, "1 bytes wanted, but 0 follow");
    PICKLE_BAD("\x80\2", BERT_FORMAT, "cut short"); // no STOP
    PICKLE_BAD("\x80\2.", BERT_FORMAT, "stops with 0 values");
    PICKLE_BAD("\x80\2NN.", BERT_FORMAT, "stops with 2 values");
    PICKLE_BAD("\x80\2N(.", BERT_FORMAT, "1 marks");
    PICKLE_BAD("\x80\2t.", BERT_FORMAT, "no mark");
    PICKLE_BAD("\x80\2u.", BERT_FORMAT, "no mark");
    PICKLE_BAD("\x80\2" "e.", BERT_FORMAT, "no mark");
    PICKLE_BAD("\x80\2\x87.", BERT_FORMAT, "3 values wanted on the stack, 0 are there");
    PICKLE_BAD("\x80\2NN(\x85.", BERT_FORMAT, "1 values wanted on the stack, 0"); // fenced
    PICKLE_BAD("\x80\2K\1(Q.", BERT_FORMAT, "1 values wanted");
    PICKLE_BAD("\x80\2R.", BERT_FORMAT, "2 values wanted");
    PICKLE_BAD("\x80\2" "b.", BERT_FORMAT, "2 values wanted");
    PICKLE_BAD("\x80\2}(Nu.", BERT_FORMAT, "a key without a value");
    PICKLE_BAD("\x80\2N(NNu.", BERT_UNSUPPORTED, "no dict");
    PICKLE_BAD("\x80\2]NNs.", BERT_UNSUPPORTED, "no dict");
    PICKLE_BAD("\x80\2}Na.", BERT_UNSUPPORTED, "no list");
    PICKLE_BAD("\x80\2(e.", BERT_FORMAT, "1 values wanted");
}

// The opcodes of protocol 4, and what they must not let in either.
static void protocol_4(void **state)
{
    (void)state;
#define TEXT4(n, text) "\x8C" n text
#define GLOBAL4(nm, module, nn, name) TEXT4(nm, module) TEXT4(nn, name) "\x93"
    LEGACY_BAD(START "\x80\4\x95\4\0\0\0\0\0\0\0}\x94h\0." "\x80\2].", BERT_FORMAT, "2 values");
    PICKLE_BAD("\x80\4" GLOBAL4("\2", "os", "\6", "system") TEXT4("\4", "true") "\x85R.",
               BERT_UNSUPPORTED, "it wants os.system, which no plain state dict needs");
    PICKLE_BAD("\x80\4" GLOBAL4("\10", "builtins", "\4", "eval") ".", BERT_UNSUPPORTED,
               "builtins.eval");
    PICKLE_BAD("\x80\4" GLOBAL4("\14", "torch._utils", "\23", "_rebuild_tensor_v2\0") ".",
               BERT_UNSUPPORTED, "_rebuild_tensor_v2?"); // a NUL ends no name
    PICKLE_BAD("\x80\4" GLOBAL4("\5", "torch", "\5", "Size\n") ".", BERT_UNSUPPORTED, "Size?");
    PICKLE_BAD("\x80\4" TEXT4("\2", "os") "K\1\x93.", BERT_FORMAT, "whose name is no text");
    PICKLE_BAD("\x80\4]" TEXT4("\2", "os") "\x93.", BERT_FORMAT, "whose name is no text");
    PICKLE_BAD("\x80\4" TEXT4("\2", "os") "\x93.", BERT_FORMAT, "2 values wanted");
    PICKLE_BAD("\x80\4" TEXT4("\2", "os") "(" TEXT4("\6", "system") "\x93.", BERT_FORMAT,
               "2 values wanted on the stack, 1"); // fenced
    PICKLE_BAD("\x80\4" TEXT4("\4", "abc"), BERT_FORMAT, "4 bytes wanted");
    PICKLE_BAD("\x80\4\x94.", BERT_FORMAT, "1 values wanted");
    PICKLE_BAD("\x80\4N\x94h\1.", BERT_FORMAT, "memo 1 was never put");
    PICKLE_BAD("\x80\4\x95\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF.", BERT_FORMAT,
               "a frame of 18446744073709551615 bytes, but 1 follow");
    PICKLE_BAD("\x80\4\x95\2\0\0\0\0\0\0\0.", BERT_FORMAT, "a frame of 2 bytes, but 1 follow");
    PICKLE_BAD("\x80\4\x95\2\0\0", BERT_FORMAT, "8 bytes wanted");
    // An index of one's own, then counted ones, in one memo; one put twice counts once.
    TENSOR_GOOD(VECTOR TEXT4("\1", "b") "q\0q\0K\1" TEXT4("\1", "c") "\x94K\1h\1K\1");
}

static void broken_values(void **state)
{
    (void)state;
    PICKLE_BAD("\x80\2X\xFF\xFF\xFF\xFF" "abc", BERT_FORMAT, "4294967295 bytes wanted");
    PICKLE_BAD("\x80\2T\xFF\xFF\xFF\x7F" "abc", BERT_FORMAT, "2147483647 bytes wanted");
    PICKLE_BAD("\x80\2U\4abc", BERT_FORMAT, "4 bytes wanted");
    PICKLE_BAD("\x80\2X\1", BERT_FORMAT, "4 bytes wanted");
    PICKLE_BAD("\x80\2G\1", BERT_FORMAT, "8 bytes wanted");
    PICKLE_BAD("\x80\2\x8A\x09" "123456789.", BERT_FORMAT, "a whole number of 9 bytes");
    PICKLE_BAD("\x80\2\x8A\x08" "1", BERT_FORMAT, "8 bytes wanted");
    PICKLE_BAD("\x80\2Nr\xFF\xFF\xFF\xFF.", BERT_FORMAT, "memo 4294967295 in a pickle of at most");
    PICKLE_BAD("\x80\2Nr\0\0\0\x10.", BERT_FORMAT, "memo 268435456 in a pickle");
    PICKLE_BAD("\x80\2Nq\xFF.", BERT_FORMAT, "memo 255 in a pickle");
    PICKLE_BAD("\x80\2q\0.", BERT_FORMAT, "1 values wanted");
    PICKLE_BAD("\x80\2h\0.", BERT_FORMAT, "memo 0 was never put");
    PICKLE_BAD("\x80\2j\xFF\xFF\xFF\xFF.", BERT_FORMAT, "memo 4294967295 was never put");
}

// A list in itself, a dict that is its own value: nothing follows them.
static void cycles(void **state)
{
    (void)state;
    PICKLE_BAD("\x80\2]q\0h\0a.", BERT_FORMAT, "cut short"); // and no list of storages
    LEGACY_BAD(START "\x80\2]q\0h\0a.\x80\2].", BERT_UNSUPPORTED, "holds no dict");
    LEGACY_BAD(START "\x80\2}q\0U\1ah\0s.\x80\2].", BERT_UNSUPPORTED, "'a' is no tensor");
    LEGACY_BAD(START "\x80\2" GLOBAL("collections", "OrderedDict") "]q\0h\0a\x85R.\x80\2].",
               BERT_FORMAT, "no pairs");
    LEGACY_BAD(START "\x80\2" GLOBAL("collections", "OrderedDict") "]q\0h\0ah\0a\x85R.\x80\2].",
               BERT_UNSUPPORTED, "no text"); // a pair of itself and itself
    LEGACY_BAD(START "\x80\2}q\0h\0b." "\x80\2](h\0e.", BERT_FORMAT, "never put"); // own memos
}

// clang-format on

// --------------------------------------------------------------------------------- large pickles

static void add_legacy(struct buf *b)
{
    buf_init(b);
    buf_add(b, START "\x80\2", sizeof START "\x80\2" - 1);
}

// Ends the pickle and the file, which has no storages; must fail so, soon.
static void end_legacy(struct buf *b, bert_status status, const char *what)
{
    buf_add(b, ".\x80\2].", 5);
    assert_false(b->failed);
    want_error(torch_legacy_read, b->data, b->len, status, what);
    buf_release(b);
}

static void repeat(struct buf *b, const char *text, size_t n, size_t times)
{
    for (size_t i = 0; i < times; i++) buf_add(b, text, n);
}

// Depth and breadth cost no more than their bytes.
static void deep_and_wide(void **state)
{
    (void)state;
    enum { MILLION = 1000000 };
    struct buf b;
    add_legacy(&b);
    buf_byte(&b, ')');
    repeat(&b, "\x85", 1, MILLION); // tuples within each other
    end_legacy(&b, BERT_UNSUPPORTED, "no dict");

    add_legacy(&b);
    repeat(&b, "]", 1, MILLION); // lists within each other
    repeat(&b, "a", 1, MILLION - 1);
    end_legacy(&b, BERT_UNSUPPORTED, "no dict");

    add_legacy(&b);
    repeat(&b, "(", 1, MILLION);
    end_legacy(&b, BERT_FORMAT, "0 values and 1000000 marks");

    add_legacy(&b);
    repeat(&b, "}", 1, MILLION);
    end_legacy(&b, BERT_FORMAT, "1000000 values");

    add_legacy(&b);
    repeat(&b, PARAMETER, sizeof PARAMETER - 1, 10000); // parameters of parameters of …
    buf_byte(&b, ')');
    repeat(&b, "R\x85", 2, 10000);
    end_legacy(&b, BERT_UNSUPPORTED, "no dict");
}

// Each list holds the one before it ten times: 10^10 leaves when written out.
static void billion_laughs(void **state)
{
    (void)state;
    struct buf b;
    add_legacy(&b);
    buf_add(&b, "}U\1a)q\0", 7);
    for (char i = 0; i < 10; i++) {
        buf_byte(&b, '(');
        for (int k = 0; k < 10; k++) {
            buf_byte(&b, 'h');
            buf_byte(&b, i);
        }
        buf_add(&b, "tq", 2);
        buf_byte(&b, (char)(i + 1));
        buf_add(&b, "\x86", 1); // with the one before: one value on the stack
    }
    buf_byte(&b, 's');
    end_legacy(&b, BERT_UNSUPPORTED, "'a' is no tensor");
}

// One long name for many tensors would be copied each time.
static void one_name_for_many(void **state)
{
    (void)state;
    struct buf b;
    add_legacy(&b);
    buf_add(&b, "}(U\xFF", 4);
    repeat(&b, "x", 1, 255);
    buf_add(&b, "q\0" VECTOR "q\1", sizeof "q\0" VECTOR "q\1" - 1);
    repeat(&b, "h\0h\1", 4, 10000);
    buf_add(&b, "u." KEYS NUMBERS, sizeof "u." KEYS NUMBERS - 1);
    want_error(torch_legacy_read, b.data, b.len, BERT_FORMAT, "one name for many tensors");
    buf_release(&b);
}

// Views that must be copied: together at most twice the file.
static void copies_are_bounded(void **state)
{
    (void)state;
    static const char wide[] = REBUILD "(" FLOATS "K\0J\0\0\0\x10\x85K\0\x85" HOOKS "tR"; // 4 GiB
    struct buf b;
    add_legacy(&b);
    buf_add(&b, "}(U\1a", 5);
    buf_add(&b, wide, sizeof wide - 1);
    buf_add(&b, "u." KEYS NUMBERS, sizeof "u." KEYS NUMBERS - 1);
    want_error(torch_legacy_read, b.data, b.len, BERT_UNSUPPORTED,
               "tensor 'a': its elements do not lie row by row");
    buf_release(&b);
    TENSOR_GOOD(REBUILD "(" FLOATS "K\0K\2K\2\x86K\1K\2\x86" HOOKS "tR");
}

// ----------------------------------------------------------------------------------------- damage

static void every_cut_of(const char *path, reader *read)
{
    struct os_file f = load(path);
    for (size_t n = 0; n < f.size; n++) {
        bert_error err;
        if (read_copy(read, f.data, n, &err)) fail_msg("%s cut at %zu", path, n);
    }
    os_file_close(&f);
}

static void every_cut(void **state)
{
    (void)state;
    every_cut_of(DATA "zip.bin", torch_zip_read);
    every_cut_of(DATA "legacy.bin", torch_legacy_read);
    every_cut_of(DATA "protocol5.bin", torch_legacy_read);
}

// Flips every bit from `from` on; how many of the files are still good.
static size_t flip_bits(const char *path, reader *read, size_t from, size_t to)
{
    struct os_file f = load(path);
    unsigned char *copy = malloc(f.size);
    memcpy(copy, f.data, f.size);
    size_t good = 0;
    for (size_t bit = 8 * from; bit < 8 * (to < f.size ? to : f.size); bit++) {
        bert_error err;
        copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
        good += read_copy(read, copy, f.size, &err);
        copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(copy);
    os_file_close(&f);
    return good;
}

static void every_flip(void **state)
{
    (void)state;
    struct os_file f = load(DATA "zip.bin");
    struct zip zip = {0};
    bert_error err;
    assert_int_equal(zip_read(&zip, f.data, f.size, "zip", &err), BERT_OK);
    const struct zip_member *m = zip_find(&zip, "archive/data.pkl");
    assert_non_null(m);
    const size_t pickle = (size_t)(m->data - f.data);
    // Not one bit of the pickle: its CRC.
    assert_int_equal(flip_bits(DATA "zip.bin", torch_zip_read, pickle, pickle + m->size), 0);
    zip_release(&zip);
    os_file_close(&f);
    assert_true(flip_bits(DATA "zip.bin", torch_zip_read, 0, SIZE_MAX) > 0);
    assert_true(flip_bits(DATA "legacy.bin", torch_legacy_read, 0, SIZE_MAX) > 0);
    assert_true(flip_bits(DATA "protocol5.bin", torch_legacy_read, 0, SIZE_MAX) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zip_format),
        cmocka_unit_test(legacy_format),
        cmocka_unit_test(later_protocols),
        cmocka_unit_test(wrapped),
        cmocka_unit_test(broken_wrappers),
        cmocka_unit_test(plain_values),
        cmocka_unit_test(whole_modules_are_refused),
        cmocka_unit_test(legacy_forms),
        cmocka_unit_test(ordered_dict_of_pairs),
        cmocka_unit_test(broken_tensors),
        cmocka_unit_test(broken_storages),
        cmocka_unit_test(broken_dicts),
        cmocka_unit_test(broken_starts),
        cmocka_unit_test(other_globals),
        cmocka_unit_test(other_opcodes),
        cmocka_unit_test(broken_stacks),
        cmocka_unit_test(protocol_4),
        cmocka_unit_test(broken_values),
        cmocka_unit_test(cycles),
        cmocka_unit_test(deep_and_wide),
        cmocka_unit_test(billion_laughs),
        cmocka_unit_test(one_name_for_many),
        cmocka_unit_test(copies_are_bounded),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(every_flip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
