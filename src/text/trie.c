// trie.c: nodes are placed in breadth-first order, both tries together, so that a link only needs
// nodes that were placed before. A node's place is the first where all its children find free
// units; only the last WINDOW blocks of 256 units are searched, which bounds the time.
#include "text/trie.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK = 256, WORDS = BLOCK / 64, WINDOW = 4 };
enum {
    NO_BASE = 255
}; // in each block: no node has it, and free units bear labels that it leads to
enum { MOST_PIECES = 15 }; // of one link; vocabularies of languages have up to five
#define DEAD 0u            // link.to: the word has no pieces
#define TOO_MANY 1u        // link.to: more pieces than MOST_PIECES

struct trie_link {
    uint32_t to;
    uint32_t n;              // pieces that are certain
    struct trie_piece first; // of them
    uint32_t rest;           // where the others are in trie.pieces
};

// -------------------------------------------------------------------------------------- matching

static inline uint32_t label_of(const struct trie_unit *u)
{
    return u->label_id >> 24;
}

static inline uint32_t id_of(const struct trie_unit *u)
{
    return u->label_id & TRIE_NONE;
}

size_t trie_longest(const struct trie *t, uint32_t root, const char *bytes, size_t len, int32_t *id)
{
    uint32_t base = t->units[root].base;
    size_t longest = 0;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        const struct trie_unit *u = &t->units[base ^ c];
        if (label_of(u) != c) break;
        base = u->base;
        if (id_of(u) == TRIE_NONE) continue;
        longest = i + 1;
        *id = (int32_t)id_of(u);
    }
    return longest;
}

int32_t trie_find(const struct trie *t, uint32_t root, const char *bytes, size_t len)
{
    int32_t id = -1;
    return trie_longest(t, root, bytes, len, &id) == len ? id : -1;
}

bool trie_match_plainly(const struct trie *t, const char *bytes, size_t len, uint32_t start,
                        struct tokens *out)
{
    for (size_t at = 0, n; at < len; at += n) {
        int32_t id;
        n = trie_longest(t, at ? t->goes_on : t->begins, bytes + at, len - at, &id);
        if (n == 0) return false;
        tokens_put(out, id, start + (uint32_t)at, start + (uint32_t)(at + n));
    }
    return true;
}

// Appends the pieces that a link makes certain, from *at on.
static inline void put_pieces(const struct trie *t, const struct trie_link *link, uint32_t *at,
                              struct tokens *out)
{
    tokens_put(out, (int32_t)link->first.id, *at, *at + link->first.len);
    *at += link->first.len;
    for (uint32_t i = 1; i < link->n; i++) {
        const struct trie_piece *p = &t->pieces[link->rest + i - 1];
        tokens_put(out, (int32_t)p->id, *at, *at + p->len);
        *at += p->len;
    }
}

bool trie_match(const struct trie *t, const char *bytes, size_t len, uint32_t start,
                struct tokens *out)
{
    const size_t first = out->n;
    uint32_t node = t->begins, base = t->units[node].base, at = start;
    for (size_t i = 0; i < len || node != t->goes_on;) {
        if (i < len) {
            const unsigned char c = (unsigned char)bytes[i];
            const struct trie_unit *u = &t->units[base ^ c];
            if (label_of(u) == c) {
                node = base ^ c;
                base = u->base;
                i++;
                continue;
            }
        }
        const struct trie_link *link = &t->links[node];
        if (link->to <= TOO_MANY) {
            out->n = first;
            return link->to == TOO_MANY && trie_match_plainly(t, bytes, len, start, out);
        }
        put_pieces(t, link, &at, out);
        node = link->to;
        base = t->units[node].base;
    }
    return true;
}

// ---------------------------------------------------------------------------------------- building

static int compare_keys(const void *a, const void *b)
{
    const struct trie_key *x = a, *y = b;
    if (x->head != y->head) return x->head < y->head ? -1 : 1;
    const int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);
    if (order) return order;
    if (x->len != y->len) return x->len < y->len ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

void trie_sort(struct trie_key *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        keys[i].head = 0;
        for (size_t b = 0; b < 8 && b < keys[i].len; b++) {
            keys[i].head |= (uint64_t)(unsigned char)keys[i].bytes[b] << (56 - 8 * b);
        }
    }
    if (n > 0) qsort(keys, n, sizeof *keys, compare_keys);
}

// A placed node, whose keys [low, high) begin with its `depth` bytes.
struct node {
    const struct trie_key *keys;
    size_t low, high;
    uint32_t depth, unit;
};

struct builder {
    struct trie *t;
    struct node *queue;
    size_t head, tail, queue_cap;
    uint64_t *taken; // [blocks * WORDS] units
    uint64_t *bases; // the same: bases that some node has
    size_t taken_cap, bases_cap;
    size_t open; // blocks before this one are not searched
};

static bool bit(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

static void set_bit(uint64_t *bits, size_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

static bool add_block(struct builder *b)
{
    struct trie *t = b->t;
    const size_t n = t->n_units + BLOCK, word = t->n_units / 64;
    if (n > UINT32_MAX || !mem_grow((void **)&t->units, &t->units_cap, n, sizeof *t->units) ||
        !mem_grow((void **)&t->links, &t->links_cap, n, sizeof *t->links) ||
        !mem_grow((void **)&b->taken, &b->taken_cap, n / 64, sizeof *b->taken) ||
        !mem_grow((void **)&b->bases, &b->bases_cap, n / 64, sizeof *b->bases)) {
        return false;
    }
    for (size_t i = t->n_units; i < n; i++) {
        t->units[i] = (struct trie_unit){0, (((uint32_t)i & 255) ^ NO_BASE) << 24 | TRIE_NONE};
        t->links[i] = (struct trie_link){.to = DEAD};
    }
    memset(b->taken + word, 0, WORDS * sizeof *b->taken);
    memset(b->bases + word, 0, WORDS * sizeof *b->bases);
    set_bit(b->bases, t->n_units + NO_BASE);
    t->n_units = n;
    if (n / BLOCK > b->open + WINDOW) b->open = n / BLOCK - WINDOW;
    return true;
}

static bool fits(const struct builder *b, uint32_t base, const unsigned char *labels, size_t n)
{
    if (bit(b->bases, base)) return false;
    for (size_t i = 1; i < n; i++) {
        if (bit(b->taken, base ^ labels[i])) return false;
    }
    return true;
}

// A base at which all labels find free units; makes more units when there is none.
static bool find_base(struct builder *b, const unsigned char *labels, size_t n, uint32_t *base)
{
    for (size_t word = b->open * WORDS;; word++) {
        if (word == b->t->n_units / 64 && !add_block(b)) return false;
        for (uint64_t left = ~b->taken[word]; left; left &= left - 1) {
            *base = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(left)) ^ labels[0];
            if (fits(b, *base, labels, n)) return true;
        }
    }
}

// pieces = those of `from`, then those of the links passed from its target on until one has a child
// by c; to = that child.
struct certain {
    struct trie_piece pieces[MOST_PIECES];
    size_t n;
    uint32_t to;
};

static bool add_pieces(const struct trie *t, struct certain *c, const struct trie_link *link)
{
    if (c->n + link->n > MOST_PIECES) return false;
    if (link->n > 0) c->pieces[c->n] = link->first;
    for (size_t i = 1; i < link->n; i++) c->pieces[c->n + i] = t->pieces[link->rest + i - 1];
    c->n += link->n;
    return true;
}

static void follow(const struct trie *t, uint32_t from, unsigned char label, struct certain *c)
{
    for (uint32_t node = from;;) {
        const struct trie_link *link = &t->links[node];
        c->to = link->to;
        if (link->to <= TOO_MANY) return;
        if (!add_pieces(t, c, link)) {
            c->to = TOO_MANY;
            return;
        }
        node = link->to;
        const uint32_t child = t->units[node].base ^ label;
        if (label_of(&t->units[child]) != label) continue;
        c->to = child;
        return;
    }
}

static bool set_link(struct trie *t, uint32_t unit, const struct certain *c)
{
    struct trie_link *link = &t->links[unit];
    *link = (struct trie_link){.to = c->to};
    if (c->to <= TOO_MANY) return true;
    link->n = (uint32_t)c->n;
    link->first = c->pieces[0];
    link->rest = (uint32_t)t->n_pieces;
    if (c->n == 1) return true;
    const size_t n = t->n_pieces + c->n - 1;
    if (n > UINT32_MAX || !mem_grow((void **)&t->pieces, &t->pieces_cap, n, sizeof *t->pieces)) {
        return false;
    }
    memcpy(t->pieces + t->n_pieces, c->pieces + 1, (c->n - 1) * sizeof *t->pieces);
    t->n_pieces = n;
    return true;
}

// Places the child by `label`, which has the keys [low, high), and gives it its link.
static bool add_child(struct builder *b, const struct node *parent, unsigned char label, size_t low,
                      size_t high)
{
    struct trie *t = b->t;
    const uint32_t unit = t->units[parent->unit].base ^ label, depth = parent->depth + 1;
    const struct trie_key *key = &parent->keys[low];
    const uint32_t id = key->len == depth ? key->id : TRIE_NONE;
    struct certain c = {.n = 0};
    t->units[unit].label_id = (uint32_t)label << 24 | id;
    set_bit(b->taken, unit);
    if (id != TRIE_NONE) c = (struct certain){{{id, depth}}, 1, t->goes_on};
    else follow(t, parent->unit, label, &c);
    if (!set_link(t, unit, &c) ||
        !mem_grow((void **)&b->queue, &b->queue_cap, b->tail + 1, sizeof *b->queue)) {
        return false;
    }
    b->queue[b->tail++] = (struct node){parent->keys, low, high, depth, unit};
    return true;
}

// The keys from low on that go on with the same byte end here.
static size_t same_label(const struct node *n, size_t low)
{
    size_t high = low + 1;
    while (high < n->high && n->keys[high].bytes[n->depth] == n->keys[low].bytes[n->depth]) high++;
    return high;
}

static bool add_children(struct builder *b, struct node n)
{
    unsigned char labels[BLOCK];
    size_t n_labels = 0, first = n.low + (n.depth > 0 && n.keys[n.low].len == n.depth);
    uint32_t base;
    for (size_t i = first; i < n.high; i = same_label(&n, i)) {
        labels[n_labels++] = (unsigned char)n.keys[i].bytes[n.depth];
    }
    if (n_labels == 0) return true; // its base stays 0, from where no label leads on
    if (!find_base(b, labels, n_labels, &base)) return false;
    b->t->units[n.unit].base = base;
    set_bit(b->bases, base);
    for (size_t i = first, next; i < n.high; i = next) {
        next = same_label(&n, i);
        if (!add_child(b, &n, (unsigned char)n.keys[i].bytes[n.depth], i, next)) return false;
    }
    return true;
}

static bool build(struct builder *b, const struct trie_key *begins, size_t n_begins,
                  const struct trie_key *goes_on, size_t n_goes_on)
{
    // The first block holds the roots and no child: it is where base 0 leads.
    if (!add_block(b) || !mem_grow((void **)&b->queue, &b->queue_cap, 2, sizeof *b->queue)) {
        return false;
    }
    memset(b->taken, 0xFF, WORDS * sizeof *b->taken);
    b->t->begins = 2;
    b->t->goes_on = 3;
    b->queue[b->tail++] = (struct node){begins, 0, n_begins, 0, b->t->begins};
    b->queue[b->tail++] = (struct node){goes_on, 0, n_goes_on, 0, b->t->goes_on};
    while (b->head < b->tail) {
        if (!add_children(b, b->queue[b->head++])) return false;
    }
    return true;
}

bool trie_build(struct trie *t, const struct trie_key *begins, size_t n_begins,
                const struct trie_key *goes_on, size_t n_goes_on)
{
    *t = (struct trie){0};
    struct builder b = {.t = t};
    const bool good = build(&b, begins, n_begins, goes_on, n_goes_on);
    mem_free(b.queue);
    mem_free(b.taken);
    mem_free(b.bases);
    return good;
}

void trie_release(struct trie *t)
{
    mem_free(t->units);
    mem_free(t->links);
    mem_free(t->pieces);
    *t = (struct trie){0};
}
