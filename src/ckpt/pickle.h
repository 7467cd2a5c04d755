// pickle.h: a pickle read as data. Nothing is ever called or imported: calls stay what they are, a
// callee with its arguments, and only callees that the reader of the file knows are let in. What
// comes out is a graph of values in three growing arrays; strings stay in the pickle's bytes.
//
// Every opcode adds a bounded number of values, so memory stays below a few dozen times the
// pickle's length, and no function here calls itself, however deep the pickle nests.
#ifndef CKPT_PICKLE_H
#define CKPT_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// What to do about a pickle that is not read; ends a sentence.
#define PICKLE_REMEDY                                                                              \
    "where you trust it, save it again with safetensors.torch.save_file(model.state_dict(), "      \
    "\"model.safetensors\")"

enum { PICKLE_LARGEST = 16 << 20 }; // bytes; a state dict has some 150 a tensor

enum pickle_kind {
    PICKLE_ABSENT, // of an empty place; never a value
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_FLOAT, // its number is not kept
    PICKLE_TEXT,
    PICKLE_TUPLE,
    PICKLE_LIST,
    PICKLE_DICT,
    PICKLE_GLOBAL,
    PICKLE_CALL,
    PICKLE_PERSISTENT, // stands for something outside the pickle
};

struct pickle_value {
    uint8_t kind; // enum pickle_kind
    uint8_t use;  // of a GLOBAL, enum pickle_use
    uint32_t n;   // bytes of a TEXT, items of a TUPLE, the detail of a GLOBAL
    int64_t at;   // BOOL and INT: the number; GLOBAL: its role; otherwise where the rest is
};

// What a pickle may do with a global.
enum pickle_use {
    PICKLE_NAMED,      // only mention it: a type
    PICKLE_CALLED,     // also call it
    PICKLE_MAKES_DICT, // call it without arguments for an empty dict, which may have attributes
};

// Looks up module.name. False when it is not let in; else *role and *detail are the finder's own.
typedef bool pickle_find(const char *module, const char *name, enum pickle_use *use, int *role,
                         uint32_t *detail);

struct pickle {
    const unsigned char *bytes;
    size_t used; // bytes of the pickle, its STOP included
    struct pickle_value root;
    struct pickle_value *items; // of tuples and calls
    struct pickle_node *nodes;  // of lists and dicts
    struct pickle_container *containers;
    struct pickle_value *persistents; // the ids of all persistent values, in order of appearance
    size_t n_items, n_nodes, n_containers, n_persistents;
    size_t cap_items, cap_nodes, cap_containers, cap_persistents;
};

// Reads the pickle at the beginning of the bytes, which are borrowed. `p` is zeroed; it is released
// by the caller also on failure. FORMAT, UNSUPPORTED (an opcode or global that is not let in),
// MEMORY.
bert_status pickle_read(struct pickle *p, const unsigned char *bytes, size_t size,
                        pickle_find *find, const char *path, bert_error *err);
void pickle_release(struct pickle *p);

// The i-th of a TUPLE (i < n).
struct pickle_value pickle_item(const struct pickle *p, struct pickle_value tuple, size_t i);
// The callee, a GLOBAL, and the arguments, a TUPLE, of a CALL.
struct pickle_value pickle_callee(const struct pickle *p, struct pickle_value call);
struct pickle_value pickle_args(const struct pickle *p, struct pickle_value call);
// The id of a PERSISTENT.
struct pickle_value pickle_id(const struct pickle *p, struct pickle_value persistent);

bool pickle_text_is(const struct pickle *p, struct pickle_value value, const char *text);
const char *pickle_text(const struct pickle *p, struct pickle_value text); // n bytes, no NUL

// Elements of a LIST; keys and values, one after the other, of a DICT.
size_t pickle_count(const struct pickle *p, struct pickle_value container);
// Walks them: *place begins at 0; false at the end.
bool pickle_next(const struct pickle *p, struct pickle_value container, size_t *place,
                 struct pickle_value *out);

#endif
