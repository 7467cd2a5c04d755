// torch_state.c: what the calls in the pickle of a state dict mean.
//
//     {name: _rebuild_tensor_v2(storage, offset, (size, …), (stride, …), grad, hooks[, metadata])}
//     storage = persistent id ('storage', torch.FloatStorage, key, location, elements)
//
// or _rebuild_parameter(tensor, grad, hooks) around it; _v3 adds a dtype over untyped storage, for
// types younger than the storage classes. Training scripts keep the dict under a key of another
// (`wrappers`), beside an optimizer's state and the like, which is passed over. Plain values of the
// dict (an epoch, a version) are passed over. A tensor whose elements lie row by row is used in its
// storage; any other is copied into that order, as checkpoints that were once converted from
// TensorFlow hold transposed matrices. The copies together may take twice the file's size, so a few
// bytes cannot ask for all memory.
#include "ckpt/torch_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ckpt/strided.h"

enum { KEY_MOST = 64 }; // bytes of a storage's key, which is a number

enum role { ROLE_DICT, ROLE_SIZE, ROLE_PARAMETER, ROLE_TENSOR, ROLE_STORAGE, ROLE_DTYPE };

// ---------------------------------------------------------------------------------- the globals

// Storage classes and dtypes are one list.
static const struct {
    const char *storage, *dtype; // in module torch; NULL: has none
    enum ckpt_dtype type;
    size_t size;
} types[] = {
    {"FloatStorage", "float32", CKPT_F32, 4},
    {"HalfStorage", "float16", CKPT_F16, 2},
    {"BFloat16Storage", "bfloat16", CKPT_BF16, 2},
    {"DoubleStorage", "float64", CKPT_F64, 8},
    {"CharStorage", "int8", CKPT_I8, 1},
    {"ByteStorage", "uint8", CKPT_U8, 1},
    {"ShortStorage", "int16", CKPT_I16, 2},
    {NULL, "uint16", CKPT_U16, 2},
    {"IntStorage", "int32", CKPT_I32, 4},
    {NULL, "uint32", CKPT_U32, 4},
    {"LongStorage", "int64", CKPT_I64, 8},
    {NULL, "uint64", CKPT_U64, 8},
    {"BoolStorage", "bool", CKPT_BOOL, 1},
    {"ComplexFloatStorage", "complex64", CKPT_OTHER, 8},
    {"ComplexDoubleStorage", "complex128", CKPT_OTHER, 16},
    {NULL, "float8_e4m3fn", CKPT_OTHER, 1},
    {NULL, "float8_e5m2", CKPT_OTHER, 1},
    {NULL, "float8_e4m3fnuz", CKPT_OTHER, 1},
    {NULL, "float8_e5m2fnuz", CKPT_OTHER, 1},
    {NULL, "float8_e8m0fnu", CKPT_OTHER, 1},
    {NULL, NULL, CKPT_OTHER, 1}, // UNTYPED: bytes, the dtype stands with the tensor
};
enum { TYPES = sizeof types / sizeof *types, UNTYPED = TYPES - 1 };

// How a tensor is rebuilt: the detail of ROLE_TENSOR is a row.
static const struct {
    const char *name;
    size_t least, most; // arguments
    size_t metadata;    // where they are if there are `most`; 0: never
    size_t dtype;       // where it is; 0: the storage has it
} rebuilds[] = {
    {"_rebuild_tensor", 4, 4, 0, 0},
    {"_rebuild_tensor_v2", 6, 7, 6, 0},
    {"_rebuild_tensor_v3", 7, 8, 7, 6},
};

static const struct {
    const char *module, *name;
    enum pickle_use use;
    enum role role;
    uint32_t detail;
} globals[] = {
    {"collections", "OrderedDict", PICKLE_MAKES_DICT, ROLE_DICT, 0},
    {"torch", "Size", PICKLE_CALLED, ROLE_SIZE, 0},
    {"torch._utils", "_rebuild_parameter", PICKLE_CALLED, ROLE_PARAMETER, 0},
    {"torch.storage", "UntypedStorage", PICKLE_NAMED, ROLE_STORAGE, UNTYPED},
};

static bool same(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static bool find_type(const char *name, int *role, uint32_t *detail)
{
    for (uint32_t i = 0; i < TYPES; i++) {
        if (!same(types[i].storage, name) && !same(types[i].dtype, name)) continue;
        *role = same(types[i].storage, name) ? ROLE_STORAGE : ROLE_DTYPE;
        *detail = i;
        return true;
    }
    return false;
}

bool torch_find_global(const char *module, const char *name, enum pickle_use *use, int *role,
                       uint32_t *detail)
{
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++) {
        if (!same(globals[i].module, module) || !same(globals[i].name, name)) continue;
        *use = globals[i].use;
        *role = globals[i].role;
        *detail = globals[i].detail;
        return true;
    }
    *use = PICKLE_CALLED;
    *role = ROLE_TENSOR;
    for (*detail = 0; *detail < sizeof rebuilds / sizeof *rebuilds; ++*detail) {
        if (same(module, "torch._utils") && same(rebuilds[*detail].name, name)) return true;
    }
    *use = PICKLE_NAMED;
    return same(module, "torch") && find_type(name, role, detail);
}

static bool is_global(struct pickle_value v, enum role role)
{
    return v.kind == PICKLE_GLOBAL && v.at == (int64_t)role;
}

static bool is_call(const struct pickle *p, struct pickle_value v, enum role role)
{
    return v.kind == PICKLE_CALL && is_global(pickle_callee(p, v), role);
}

// --------------------------------------------------------------------------------------- storages

static bert_status read_storage(const struct torch_state *s, struct pickle_value id,
                                struct torch_storage *out)
{
    const struct pickle *p = &s->pickle;
    struct pickle_value part[6] = {{0}};
    const size_t n = id.kind == PICKLE_TUPLE ? id.n : 0;
    for (size_t i = 0; i < n && i < 6; i++) part[i] = pickle_item(p, id, i);
    if (n < 5 || n > 6 || !pickle_text_is(p, part[0], "storage") ||
        !is_global(part[1], ROLE_STORAGE) || part[2].kind != PICKLE_TEXT ||
        part[4].kind != PICKLE_INT || part[4].at < 0 || part[2].n > KEY_MOST) {
        return fail(s->err, BERT_FORMAT,
                    "%s: a persistent id that is not ('storage', class, key, location, elements)",
                    s->path);
    }
    if (n == 6 && part[5].kind != PICKLE_NONE) {
        return fail(s->err, BERT_UNSUPPORTED, "%s: a storage that is a view of another; %s",
                    s->path, PICKLE_REMEDY);
    }
    *out = (struct torch_storage){.key = pickle_text(p, part[2]),
                                  .key_len = part[2].n,
                                  .type = part[1].n,
                                  .count = (size_t)part[4].at};
    if (size_mul(out->count, types[out->type].size, &out->bytes)) return BERT_OK;
    return fail(s->err, BERT_FORMAT, "%s: a storage of %zu elements", s->path, out->count);
}

static int compare_keys(const void *a, const void *b)
{
    const struct torch_storage *x = a, *y = b;
    if (x->key_len != y->key_len) return x->key_len < y->key_len ? -1 : 1;
    return memcmp(x->key, y->key, x->key_len);
}

// One of each key; the same key always means the same storage.
static bert_status merge_storages(struct torch_state *s)
{
    qsort(s->storages, s->n, sizeof *s->storages, compare_keys);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct torch_storage *last = n ? &s->storages[n - 1] : NULL, *x = &s->storages[i];
        if (!last || compare_keys(last, x) != 0) {
            s->storages[n++] = *x;
        } else if (last->type != x->type || last->count != x->count) {
            return fail(s->err, BERT_FORMAT,
                        "%s: one storage of %zu elements and of %zu, or of two types", s->path,
                        last->count, x->count);
        }
    }
    s->n = n;
    return BERT_OK;
}

bert_status torch_state_read(struct torch_state *s, const unsigned char *bytes, size_t size)
{
    struct pickle *p = &s->pickle;
    TRY(pickle_read(p, bytes, size, torch_find_global, s->path, s->err));
    s->storages = mem_alloc(p->n_persistents, sizeof *s->storages);
    if (!s->storages) return fail_memory(s->err);
    for (; s->n < p->n_persistents; s->n++) {
        TRY(read_storage(s, p->persistents[s->n], &s->storages[s->n]));
    }
    return merge_storages(s);
}

void torch_state_release(struct torch_state *s)
{
    pickle_release(&s->pickle);
    mem_free(s->storages);
    *s = (struct torch_state){0};
}

struct torch_storage *torch_state_find(const struct torch_state *s, const char *key, size_t len)
{
    const struct torch_storage wanted = {.key = key, .key_len = len};
    return bsearch(&wanted, s->storages, s->n, sizeof *s->storages, compare_keys);
}

size_t torch_storage_element(const struct torch_storage *storage)
{
    return types[storage->type].size;
}

// ------------------------------------------------------------------------------------ one tensor

// What is known of a list while it is made.
struct lister {
    const struct torch_state *s;
    struct ckpt_list *list;              // has room for all tensors and names
    size_t names;                        // bytes used of them
    struct copy *copies;                 // tensors to be copied
    size_t n_copies, cap_copies, copied; // and their bytes
};

struct copy {
    struct ckpt_tensor *tensor;
    struct strided view;
};

#define FAIL_TENSOR(l, status, t, format, ...)                                                     \
    fail((l)->s->err, status, "%s: tensor '%s': " format, (l)->s->path,                            \
         ckpt_show((t)->name, (char[CKPT_SHOWN]){0}), __VA_ARGS__)

// Sizes or strides: n whole numbers, none negative.
static bert_status read_numbers(const struct lister *l, const struct ckpt_tensor *t,
                                struct pickle_value v, const char *what, size_t *n,
                                size_t out[CKPT_DIMS])
{
    const struct pickle *p = &l->s->pickle;
    if (is_call(p, v, ROLE_SIZE) && pickle_args(p, v).n == 1) {
        v = pickle_item(p, pickle_args(p, v), 0);
    }
    if (v.kind != PICKLE_TUPLE) return FAIL_TENSOR(l, BERT_FORMAT, t, "its %s is no tuple", what);
    if (v.n > CKPT_DIMS) {
        return FAIL_TENSOR(l, BERT_UNSUPPORTED, t, "more than %d dimensions", CKPT_DIMS);
    }
    for (size_t i = 0; i < v.n; i++) {
        const struct pickle_value x = pickle_item(p, v, i);
        if (x.kind != PICKLE_INT || x.at < 0) {
            return FAIL_TENSOR(l, BERT_FORMAT, t, "its %s holds what is no size", what);
        }
        out[i] = (size_t)x.at;
    }
    *n = v.n;
    return BERT_OK;
}

// count and bytes; *last: the element farthest from the first, counted in the storage.
static bert_status measure(const struct lister *l, struct ckpt_tensor *t, struct strided *v,
                           size_t *last)
{
    bool fits = true;
    *last = 0;
    t->count = 1;
    for (size_t i = 0; i < t->n_dims; i++) {
        size_t reach = 0;
        if (t->dims[i] < 2) v->strides[i] = 0; // whatever it says, it is not used
        fits = fits && size_mul(t->count, t->dims[i], &t->count);
        fits = fits && (t->dims[i] == 0 || size_mul(t->dims[i] - 1, v->strides[i], &reach));
        fits = fits && size_add(*last, reach, last);
    }
    if (fits && size_mul(t->count, v->element, &t->bytes)) return BERT_OK;
    return FAIL_TENSOR(l, BERT_FORMAT, t, "%s", "its shape times its dtype exceeds 64 bits");
}

static bool is_row_major(const struct strided *v)
{
    size_t stride = 1;
    for (size_t i = v->n_dims; i-- > 0;) {
        if (v->dims[i] > 1 && v->strides[i] != stride) return false;
        stride *= v->dims[i];
    }
    return true;
}

static bert_status plan_copy(struct lister *l, struct ckpt_tensor *t, const struct strided *v)
{
    if (!size_add(l->copied, t->bytes, &l->copied) || l->copied / 2 > l->s->file_size) {
        return FAIL_TENSOR(l, BERT_UNSUPPORTED, t,
                           "its elements do not lie row by row, and putting them so would take "
                           "more than twice the file's %zu bytes; %s",
                           l->s->file_size, PICKLE_REMEDY);
    }
    if (!mem_grow((void **)&l->copies, &l->cap_copies, l->n_copies + 1, sizeof *l->copies)) {
        return fail_memory(l->s->err);
    }
    l->copies[l->n_copies++] = (struct copy){t, *v};
    return BERT_OK;
}

// Finds the tensor's elements in the storage, or plans to copy them.
static bert_status place(struct lister *l, struct ckpt_tensor *t, struct strided *v,
                         const struct torch_storage *storage, size_t offset)
{
    size_t last;
    TRY(measure(l, t, v, &last));
    t->data = storage->data;
    if (t->count == 0) return BERT_OK;
    const size_t there = storage->bytes / v->element;
    if (!size_add(last, offset, &last) || last >= there) {
        return FAIL_TENSOR(l, BERT_FORMAT, t, "it reaches to element %zu of a storage of %zu", last,
                           there);
    }
    t->data = v->from = storage->data + offset * v->element;
    return is_row_major(v) ? BERT_OK : plan_copy(l, t, v);
}

// The dtype: the storage's, or an argument over untyped storage.
static bert_status read_dtype(const struct lister *l, struct ckpt_tensor *t, struct strided *v,
                              uint32_t type, const struct pickle_value *dtype)
{
    if (dtype) type = is_global(*dtype, ROLE_DTYPE) ? dtype->n : UNTYPED;
    if (type == UNTYPED) return FAIL_TENSOR(l, BERT_FORMAT, t, "%s", "it has no dtype");
    t->dtype = types[type].type;
    v->element = types[type].size;
    return BERT_OK;
}

// Bits that change the values (a conjugate, a negative) would stand in the metadata.
static bool has_metadata(const struct pickle *p, struct pickle_value v)
{
    return v.kind != PICKLE_NONE && (v.kind != PICKLE_DICT || pickle_count(p, v) > 0);
}

// call: of a row of `rebuilds`.
static bert_status read_tensor(struct lister *l, struct ckpt_tensor *t, struct pickle_value call)
{
    const struct pickle *p = &l->s->pickle;
    const struct pickle_value args = pickle_args(p, call);
    const size_t row = pickle_callee(p, call).n;
    if (args.n < rebuilds[row].least || args.n > rebuilds[row].most) {
        return FAIL_TENSOR(l, BERT_FORMAT, t, "%s with %" PRIu32 " arguments", rebuilds[row].name,
                           args.n);
    }
    struct pickle_value arg[8];
    for (size_t i = 0; i < args.n; i++) arg[i] = pickle_item(p, args, i);
    if (arg[0].kind != PICKLE_PERSISTENT || arg[1].kind != PICKLE_INT || arg[1].at < 0) {
        return FAIL_TENSOR(l, BERT_FORMAT, t, "%s", "it has no storage or no offset");
    }
    if (rebuilds[row].metadata && args.n == rebuilds[row].most &&
        has_metadata(p, arg[rebuilds[row].metadata])) {
        return FAIL_TENSOR(l, BERT_UNSUPPORTED, t,
                           "it has metadata (conjugate or negative bit); %s", PICKLE_REMEDY);
    }
    const struct pickle_value key = pickle_item(p, pickle_id(p, arg[0]), 2);
    const struct torch_storage *storage = torch_state_find(l->s, pickle_text(p, key), key.n);
    struct strided v = {0};
    TRY(read_dtype(l, t, &v, storage->type,
                   rebuilds[row].dtype ? &arg[rebuilds[row].dtype] : NULL));
    TRY(read_numbers(l, t, arg[2], "size", &t->n_dims, t->dims));
    TRY(read_numbers(l, t, arg[3], "stride", &v.n_dims, v.strides));
    if (v.n_dims != t->n_dims) {
        return FAIL_TENSOR(l, BERT_FORMAT, t, "%zu sizes and %zu strides", t->n_dims, v.n_dims);
    }
    memcpy(v.dims, t->dims, sizeof v.dims);
    return place(l, t, &v, storage, (size_t)arg[1].at);
}

// ------------------------------------------------------------------------------- the state dict

// A name of the dict, copied. Texts of one pickle fit into its length, each with a NUL for the
// opcode before it; more can only be one text again and again.
static bert_status read_name(struct lister *l, struct pickle_value key, const char **out)
{
    const struct torch_state *s = l->s;
    if (key.kind != PICKLE_TEXT) {
        return fail(s->err, BERT_UNSUPPORTED, "%s: a key that is no text: no state dict; %s",
                    s->path, PICKLE_REMEDY);
    }
    const char *text = pickle_text(&s->pickle, key);
    char *name = l->list->names + l->names;
    if (key.n >= s->pickle.used - l->names) {
        return fail(s->err, BERT_FORMAT, "%s: one name for many tensors", s->path);
    }
    for (size_t i = 0; i < key.n; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return fail(s->err, BERT_UNSUPPORTED, "%s: a tensor's name that is not plain ASCII",
                        s->path);
        }
        name[i] = text[i];
    }
    name[key.n] = 0;
    l->names += key.n + 1;
    *out = name;
    return BERT_OK;
}

static bool is_plain(struct pickle_value v)
{
    return v.kind == PICKLE_NONE || v.kind == PICKLE_BOOL || v.kind == PICKLE_INT ||
           v.kind == PICKLE_FLOAT || v.kind == PICKLE_TEXT;
}

static bert_status read_entry(struct lister *l, struct pickle_value key, struct pickle_value value)
{
    const struct pickle *p = &l->s->pickle;
    struct ckpt_tensor *t = &l->list->tensors[l->list->count];
    if (is_plain(value)) return BERT_OK;
    *t = (struct ckpt_tensor){0};
    TRY(read_name(l, key, &t->name));
    if (is_call(p, value, ROLE_PARAMETER) && pickle_args(p, value).n > 0) {
        value = pickle_item(p, pickle_args(p, value), 0);
    }
    if (!is_call(p, value, ROLE_TENSOR)) {
        return fail(l->s->err, BERT_UNSUPPORTED,
                    "%s: '%s' is no tensor, want a plain state dict; %s", l->s->path,
                    ckpt_show(t->name, (char[CKPT_SHOWN]){0}), PICKLE_REMEDY);
    }
    l->list->count++;
    return read_tensor(l, t, value);
}

// Two values of a LIST or a TUPLE.
static bool read_pair(const struct pickle *p, struct pickle_value pair, struct pickle_value out[2])
{
    size_t place = 0;
    if (pair.kind == PICKLE_LIST && pickle_count(p, pair) == 2) {
        return pickle_next(p, pair, &place, &out[0]) && pickle_next(p, pair, &place, &out[1]);
    }
    if (pair.kind != PICKLE_TUPLE || pair.n != 2) return false;
    for (size_t i = 0; i < 2; i++) out[i] = pickle_item(p, pair, i);
    return true;
}

// The dict, or the list of pairs that Python 2 makes an OrderedDict of; *n: its entries.
static bool is_dict(const struct pickle *p, struct pickle_value value, struct pickle_value *dict,
                    size_t *n)
{
    *dict = value;
    if (is_call(p, *dict, ROLE_DICT) && pickle_args(p, *dict).n == 1) {
        *dict = pickle_item(p, pickle_args(p, *dict), 0);
        if (dict->kind == PICKLE_LIST) *n = pickle_count(p, *dict);
        return dict->kind == PICKLE_LIST;
    }
    if (dict->kind == PICKLE_DICT) *n = pickle_count(p, *dict) / 2;
    return dict->kind == PICKLE_DICT;
}

// Where training scripts keep the state dict in theirs.
static const char *const wrappers[] = {"state_dict", "model_state_dict", "model"};
enum { WRAPPERS = sizeof wrappers / sizeof *wrappers };

static const char *find_wrapper(const struct pickle *p, struct pickle_value key)
{
    for (size_t i = 0; i < WRAPPERS; i++) {
        if (pickle_text_is(p, key, wrappers[i])) return wrappers[i];
    }
    return NULL;
}

// The dict of the tensors: the whole, or the one dict under a key of `wrappers`, *part.
static bert_status find_state(const struct torch_state *s, struct pickle_value *dict, size_t *n,
                              const char **part)
{
    const struct pickle *p = &s->pickle;
    if (!is_dict(p, p->root, dict, n)) {
        return fail(s->err, BERT_UNSUPPORTED, "%s: the pickle holds no dict of tensors; %s",
                    s->path, PICKLE_REMEDY);
    }
    if (dict->kind != PICKLE_DICT) return BERT_OK;
    const struct pickle_value whole = *dict;
    struct pickle_value key, value, inner;
    size_t at = 0, count = 0;
    while (pickle_next(p, whole, &at, &key) && pickle_next(p, whole, &at, &value)) {
        const char *wrapper = find_wrapper(p, key);
        if (!wrapper || !is_dict(p, value, &inner, &count)) continue;
        if (*part) {
            return fail(s->err, BERT_UNSUPPORTED,
                        "%s: it holds two dicts, '%s' and '%s', want one of tensors; %s", s->path,
                        *part, wrapper, PICKLE_REMEDY);
        }
        *part = wrapper;
        *dict = inner;
        *n = count;
    }
    return BERT_OK;
}

static bert_status read_entries(struct lister *l, struct pickle_value dict)
{
    const struct pickle *p = &l->s->pickle;
    size_t at = 0;
    struct pickle_value entry[2];
    while (pickle_next(p, dict, &at, &entry[0])) {
        if (dict.kind == PICKLE_DICT) {
            pickle_next(p, dict, &at, &entry[1]);
        } else if (!read_pair(p, entry[0], entry)) {
            return fail(l->s->err, BERT_FORMAT, "%s: an OrderedDict of what are no pairs",
                        l->s->path);
        }
        TRY(read_entry(l, entry[0], entry[1]));
    }
    return BERT_OK;
}

static bert_status make_copies(struct lister *l)
{
    if (!l->copied) return BERT_OK;
    unsigned char *to = l->list->copies = mem_aligned(l->copied, 1);
    if (!to) return fail_memory(l->s->err);
    for (size_t i = 0; i < l->n_copies; i++) {
        struct copy *c = &l->copies[i];
        strided_copy(&c->view, to);
        c->tensor->data = to;
        to += c->tensor->bytes;
    }
    return BERT_OK;
}

bert_status torch_state_list(const struct torch_state *s, struct ckpt_list *list)
{
    struct pickle_value dict;
    size_t n = 0;
    TRY(find_state(s, &dict, &n, &list->part));
    list->tensors = mem_alloc(n, sizeof *list->tensors);
    list->names = mem_alloc(s->pickle.used, 1);
    if (!list->tensors || !list->names) return fail_memory(s->err);
    struct lister l = {.s = s, .list = list};
    bert_status status = read_entries(&l, dict);
    if (!status) status = make_copies(&l);
    mem_free(l.copies);
    return status ? status : ckpt_list_index(list, s->path, s->err);
}
