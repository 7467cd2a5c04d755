// trie.c: the automaton is built: first every node has its unit, then every node where no piece
// ends what is certain there.
//
// A walk should touch few cache lines. So the upper levels, which every walk passes, are placed
// breadth first and lie together; below them each subtree is placed depth first, a child in its
// parent's line where that has room. Only the last WINDOW blocks of 256 units are searched for
// free ones, which bounds the time.
#include "text/trie.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK = 256, WORDS = BLOCK / 64, WINDOW = 4, LINE = 4 };
enum { UPPER = 2 };        // levels
enum { NO_BASE = 0 };      // in each block: no node has it, and free units bear labels it leads to
enum { MOST_PIECES = 15 }; // that become certain at once; vocabularies of languages have up to five

// Bases that are given away from the start. GOES_ON_BASE leads to TRIE_END by 255, and to the other
// fixed units by bytes that UTF-8 does not have either.
enum { LEAF_BASE = 1, GOES_ON_BASE = 255 };

static inline uint32_t label_of(const struct trie_unit *u)
{
    return u->label / TRIE_SCALE;
}

// ---------------------------------------------------------------------------------------- sorting

struct trie_key trie_key_of(const char *bytes, size_t len, uint32_t id)
{
    struct trie_key key = {.bytes = bytes, .len = (uint32_t)len, .id = id};
    for (size_t i = 0; i < 8 && i < len; i++) {
        key.head |= (uint64_t)(unsigned char)bytes[i] << (56 - 8 * i);
    }
    return key;
}

static int compare_keys(const void *a, const void *b)
{
    const struct trie_key *x = a, *y = b;
    if (x->head != y->head) return x->head < y->head ? -1 : 1;
    const int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);
    if (order) return order;
    if (x->len != y->len) return x->len < y->len ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

// Sorts by one byte of the heads, from one array into another.
static void sort_by_byte(const struct trie_key *from, struct trie_key *to, size_t n, unsigned shift)
{
    size_t places[257] = {0};
    for (size_t i = 0; i < n; i++) places[(from[i].head >> shift & 0xFF) + 1]++;
    for (size_t i = 1; i < 256; i++) places[i] += places[i - 1];
    for (size_t i = 0; i < n; i++) to[places[from[i].head >> shift & 0xFF]++] = from[i];
}

// By their heads, a byte at a time from the lowest (eight passes, so that the result is in place
// again); then those whose heads are equal.
bool trie_sort(struct trie_key *keys, size_t n)
{
    struct trie_key *other = mem_alloc(n, sizeof *other);
    if (!other) return false;
    for (unsigned shift = 0; shift < 64; shift += 16) {
        sort_by_byte(keys, other, n, shift);
        sort_by_byte(other, keys, n, shift + 8);
    }
    mem_free(other);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && keys[end].head == keys[i].head; end++) {
        }
        if (end - i > 1) qsort(keys + i, end - i, sizeof *keys, compare_keys);
    }
    return true;
}

// ---------------------------------------------------------------------------------------- placing

struct node {
    uint32_t unit, parent, depth;
};

// A placed node whose keys [low, high), which begin with its bytes, are still to be placed.
struct task {
    const struct trie_key *keys;
    size_t low, high;
    uint32_t node;
};

struct builder {
    struct trie *t;
    struct node *nodes;
    struct task *tasks; // those of the upper levels in order, behind them a stack
    size_t n_nodes, nodes_cap, n_tasks, tasks_cap;
    uint64_t *taken; // [blocks * WORDS] units
    uint64_t *bases; // the same: bases that some node has
    size_t taken_cap, bases_cap;
    size_t open; // blocks before this one are not searched
};

static void set_bit(uint64_t *bits, size_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

static bool add_block(struct builder *b)
{
    struct trie *t = b->t;
    const size_t n = t->n_units + BLOCK, word = t->n_units / 64;
    if (n > UINT32_MAX / TRIE_SCALE ||
        !mem_grow((void **)&t->units, &t->units_cap, n, sizeof *t->units) ||
        !mem_grow((void **)&b->taken, &b->taken_cap, n / 64, sizeof *b->taken) ||
        !mem_grow((void **)&b->bases, &b->bases_cap, n / 64, sizeof *b->bases)) {
        return false;
    }
    for (size_t i = t->n_units; i < n; i++) {
        t->units[i] = (struct trie_unit){.label = (uint16_t)(((i & 255) ^ NO_BASE) * TRIE_SCALE)};
    }
    memset(b->taken + word, 0, WORDS * sizeof *b->taken);
    memset(b->bases + word, 0, WORDS * sizeof *b->bases);
    set_bit(b->bases, t->n_units + NO_BASE);
    t->n_units = n;
    if (n / BLOCK > b->open + WINDOW) b->open = n / BLOCK - WINDOW;
    return true;
}

// A word whose bit i is bit i ^ by of `word`; by < 64. Halves change places, quarters, and so on,
// or do not, without a branch that nobody could foresee.
static uint64_t exchange(uint64_t word, unsigned by)
{
    static const uint64_t low[] = {0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F,
                                   0x00FF00FF00FF00FF, 0x0000FFFF0000FFFF, 0x00000000FFFFFFFF};
#pragma GCC unroll 6
    for (unsigned i = 0; i < 6; i++) {
        const uint64_t other = (word & low[i]) << (1u << i) | (word >> (1u << i) & low[i]);
        const uint64_t all = -(uint64_t)(by >> i & 1);
        word = (other & all) | (word & ~all);
    }
    return word;
}

// The free units u of a word of units such that at base u ^ labels[0] the other labels find free
// units too. 64 units are looked at together: those that do for a label are the free ones,
// exchanged by how it differs from the first label.
static inline uint64_t fitting(const struct builder *b, size_t word, const unsigned char *labels,
                               size_t n)
{
    uint64_t fit = ~b->taken[word];
    for (size_t i = 1; fit && i < n; i++) {
        const unsigned by = labels[0] ^ labels[i];
        fit &= ~exchange(b->taken[word ^ by / 64], by % 64);
    }
    return fit;
}

// The first of those units of a word whose base no node has.
static inline bool take_base(const struct builder *b, size_t word, uint64_t fit,
                             unsigned char label, uint32_t *base)
{
    for (; fit; fit &= fit - 1) {
        *base = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(fit)) ^ label;
        if (!(b->bases[*base / 64] >> *base % 64 & 1)) return true;
    }
    return false;
}

// A base at which all labels find free units, near the parent if possible; makes more units when
// there is none.
static bool find_base(struct builder *b, uint32_t parent, const unsigned char *labels, size_t n,
                      uint32_t *base)
{
    const uint64_t line = (uint64_t)((1 << LINE) - 1) << (parent % 64 & ~(LINE - 1));
    const uint64_t near = ~b->taken[parent / 64] & line;
    if (near &&
        take_base(b, parent / 64, near & fitting(b, parent / 64, labels, n), labels[0], base))
        return true;
    for (size_t word = b->open * WORDS;; word++) {
        if (word == b->t->n_units / 64 && !add_block(b)) return false;
        if (take_base(b, word, fitting(b, word, labels, n), labels[0], base)) return true;
    }
}

static bool add_node(struct builder *b, uint32_t unit, uint32_t parent, uint32_t depth)
{
    if (b->n_nodes == UINT32_MAX ||
        !mem_grow((void **)&b->nodes, &b->nodes_cap, b->n_nodes + 1, sizeof *b->nodes)) {
        return false;
    }
    b->nodes[b->n_nodes++] = (struct node){unit, parent, depth};
    return true;
}

static bool add_task(struct builder *b, const struct trie_key *keys, size_t low, size_t high,
                     uint32_t node)
{
    if (!mem_grow((void **)&b->tasks, &b->tasks_cap, b->n_tasks + 1, sizeof *b->tasks)) {
        return false;
    }
    b->tasks[b->n_tasks++] = (struct task){keys, low, high, node};
    return true;
}

// Places the child by `label`, which has the keys [low, high) of the task.
static bool add_child(struct builder *b, const struct task *task, unsigned char label, size_t low,
                      size_t high)
{
    struct trie *t = b->t;
    const struct node parent = b->nodes[task->node];
    const uint32_t unit = t->units[parent.unit].base / TRIE_SCALE ^ label, depth = parent.depth + 1;
    assert(label != 255);
    const struct trie_key *first = &task->keys[low];
    const bool is_piece = first->len == depth;
    t->units[unit] = (struct trie_unit){
        .base = LEAF_BASE * TRIE_SCALE,
        .to = (!is_piece               ? TRIE_DEAD
               : depth <= TRIE_LONGEST ? TRIE_GOES_ON
                                       : TRIE_FULL) *
              TRIE_SCALE,
        .piece.bits = depth * TRIE_ID_LIMIT | (is_piece ? first->id : 0),
        .label = (uint16_t)(label * TRIE_SCALE),
    };
    set_bit(b->taken, unit);
    return add_node(b, unit, task->node, depth) &&
           add_task(b, task->keys, low + is_piece, high, (uint32_t)b->n_nodes - 1);
}

static unsigned char byte_of(const struct trie_key *key, uint32_t depth)
{
    return depth < 8 ? (unsigned char)(key->head >> (56 - 8 * depth))
                     : (unsigned char)key->bytes[depth];
}

// The bytes that a task's keys go on with at `depth`, and where the keys of each end.
static size_t find_labels(const struct task *task, uint32_t depth, unsigned char labels[BLOCK],
                          size_t ends[BLOCK])
{
    size_t n = 0;
    for (size_t i = task->low; i < task->high; i++) {
        const unsigned char label = byte_of(&task->keys[i], depth);
        if (n == 0 || labels[n - 1] != label) labels[n++] = label;
        ends[n - 1] = i + 1;
    }
    return n;
}

// Places a node's children.
static bool run_task(struct builder *b, struct task task)
{
    const struct node n = b->nodes[task.node];
    unsigned char labels[BLOCK];
    size_t ends[BLOCK];
    const size_t n_labels = find_labels(&task, n.depth, labels, ends);
    uint32_t base = GOES_ON_BASE;
    if (n_labels == 0) return true;
    if (n.unit != TRIE_GOES_ON && !find_base(b, n.unit, labels, n_labels, &base)) return false;
    b->t->units[n.unit].base = base * TRIE_SCALE;
    set_bit(b->bases, base);
    for (size_t i = 0; i < n_labels; i++) {
        if (!add_child(b, &task, labels[i], i ? ends[i - 1] : task.low, ends[i])) return false;
    }
    return true;
}

static bool place_subtree(struct builder *b, struct task top)
{
    const size_t bottom = b->n_tasks;
    if (!run_task(b, top)) return false;
    while (b->n_tasks > bottom) {
        if (!run_task(b, b->tasks[--b->n_tasks])) return false;
    }
    return true;
}

// The units that no label leads to, but TRIE_END, which stays where it is by 255.
static void place_fixed(struct builder *b)
{
    struct trie_unit *u = b->t->units;
    for (uint32_t i = 0; i <= TRIE_GOES_ON; i++) {
        set_bit(b->taken, i);
        u[i].base = LEAF_BASE * TRIE_SCALE;
        u[i].to = (i <= TRIE_LAST ? i : TRIE_DEAD) * TRIE_SCALE;
    }
    u[TRIE_END].base = u[TRIE_GOES_ON].base = GOES_ON_BASE * TRIE_SCALE;
    u[TRIE_END].label = 255 * TRIE_SCALE;
    set_bit(b->bases, LEAF_BASE);
    set_bit(b->bases, GOES_ON_BASE);
}

static bool add_root(struct builder *b, uint32_t unit, const struct trie_key *keys, size_t n)
{
    return add_node(b, unit, 0, 0) && add_task(b, keys, 0, n, (uint32_t)b->n_nodes - 1);
}

static bool place_all(struct builder *b, const struct trie_key *begins, size_t n_begins,
                      const struct trie_key *goes_on, size_t n_goes_on)
{
    if (!add_block(b)) return false;
    place_fixed(b);
    if (!add_root(b, TRIE_GOES_ON, goes_on, n_goes_on) ||
        !add_root(b, TRIE_BEGINS, begins, n_begins)) {
        return false;
    }
    size_t next = 0;
    for (; next < b->n_tasks && b->nodes[b->tasks[next].node].depth < UPPER; next++) {
        if (!run_task(b, b->tasks[next])) return false;
    }
    for (const size_t n = b->n_tasks; next < n; next++) {
        if (!place_subtree(b, b->tasks[next])) return false;
    }
    return true;
}

// ------------------------------------------------------------------------------------------ links

// What is certain behind a node that fails: pieces, and the unit that is left.
struct certain {
    struct trie_piece pieces[MOST_PIECES];
    size_t n;
    uint32_t to;
};

// Adds what a failing node makes certain, and goes to the node that is left, TRIE_DEAD or
// TRIE_FULL. Units from n_placed on are no nodes but further pieces of one.
static void fail_node(const struct trie *t, size_t n_placed, struct certain *c)
{
    do {
        const struct trie_unit *u = &t->units[c->to];
        c->to = u->to / TRIE_SCALE;
        if (c->to <= TRIE_LAST) return;
        if (c->n == MOST_PIECES) {
            c->to = TRIE_FULL;
            return;
        }
        c->pieces[c->n++] = u->piece;
    } while (c->to >= n_placed);
}

// The link of a node's child by `label`: what the node makes certain, then the nodes that are left,
// until one has a child by that label, which is left then.
static void follow(const struct trie *t, size_t n_placed, uint32_t unit, uint32_t label,
                   struct certain *c)
{
    c->n = 0;
    c->to = unit;
    for (;;) {
        fail_node(t, n_placed, c);
        if (c->to <= TRIE_LAST) return;
        const uint32_t child = t->units[c->to].base / TRIE_SCALE ^ label;
        if (label_of(&t->units[child]) != label) continue;
        c->to = child;
        return;
    }
}

// Pieces behind a first one that become certain with it stand in units of their own, each leading
// to the next.
static bool add_more(struct trie *t, const struct certain *c, uint32_t *to)
{
    *to = (uint32_t)t->n_units;
    if (!mem_grow((void **)&t->units, &t->units_cap, t->n_units + c->n - 1, sizeof *t->units)) {
        return false;
    }
    for (size_t i = 1; i < c->n; i++) {
        const uint32_t next = i + 1 < c->n ? (uint32_t)t->n_units + 1 : c->to;
        t->units[t->n_units++] =
            (struct trie_unit){LEAF_BASE * TRIE_SCALE, next * TRIE_SCALE, c->pieces[i], 0, 0};
    }
    return true;
}

static bool link_node(struct trie *t, size_t n_placed, uint32_t parent, uint32_t unit)
{
    if (t->units[unit].to != TRIE_DEAD * TRIE_SCALE) return true;
    const uint32_t label = label_of(&t->units[unit]);
    struct certain c; // not zeroed: its pieces are large
    follow(t, n_placed, parent, label, &c);
    if (t->n_units > UINT32_MAX / TRIE_SCALE - MOST_PIECES) c.to = TRIE_FULL;
    uint32_t to = c.to;
    if (to > TRIE_LAST && c.n > 1 && !add_more(t, &c, &to)) return false;
    struct trie_unit *u = &t->units[unit];
    u->to = to * TRIE_SCALE;
    if (to <= TRIE_LAST) return true;
    u->piece = c.pieces[0];
    return true;
}

// The nodes in the order of their depth: a link looks at shorter ones only.
static bool sort_nodes(const struct builder *b, uint32_t *order)
{
    uint32_t deepest = 0;
    for (size_t i = 0; i < b->n_nodes; i++) {
        if (b->nodes[i].depth > deepest) deepest = b->nodes[i].depth;
    }
    size_t *places = mem_zero((size_t)deepest + 2, sizeof *places);
    if (!places) return false;
    for (size_t i = 0; i < b->n_nodes; i++) places[b->nodes[i].depth + 1]++;
    for (size_t i = 1; i <= deepest; i++) places[i] += places[i - 1];
    for (size_t i = 0; i < b->n_nodes; i++) order[places[b->nodes[i].depth]++] = (uint32_t)i;
    mem_free(places);
    return true;
}

static bool link_all(struct builder *b)
{
    const size_t n_placed = b->t->n_units;
    uint32_t *order = mem_alloc(b->n_nodes, sizeof *order);
    bool good = order && sort_nodes(b, order);
    for (size_t i = 2; good && i < b->n_nodes; i++) { // 0 and 1 are the roots
        const struct node *n = &b->nodes[order[i]];
        good = link_node(b->t, n_placed, b->nodes[n->parent].unit, n->unit);
    }
    mem_free(order);
    return good;
}

// --------------------------------------------------------------------------------------- together

bool trie_build(struct trie *t, const struct trie_key *begins, size_t n_begins,
                const struct trie_key *goes_on, size_t n_goes_on)
{
    *t = (struct trie){0};
    struct builder b = {.t = t};
    const bool good = place_all(&b, begins, n_begins, goes_on, n_goes_on) && link_all(&b);
    mem_free(b.nodes);
    mem_free(b.tasks);
    mem_free(b.taken);
    mem_free(b.bases);
    return good;
}

void trie_release(struct trie *t)
{
    mem_free(t->units);
    *t = (struct trie){0};
}
