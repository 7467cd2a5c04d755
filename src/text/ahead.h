// ahead.h: where many runs of a text are unknown to the cache, the words of a whole batch are
// walked together, ahead of when their tokens are wanted (trie_match_words). Only words of ASCII
// letters and digits in runs that are short for the cache; all others go their own way.
//
// Where nearly all are unknown, the cache costs more than it saves: its lines drive the automaton's
// out. There one batch in eight asks it, which tells when that changes; the others ask one line of
// it for form's sake, and keep nothing.
#ifndef TEXT_AHEAD_H
#define TEXT_AHEAD_H

#include "text/run.h"
#include "text/tokens.h"
#include "text/wordpiece.h"

// A word that was walked.
struct ahead_word {
    const struct run *run;
    const struct trie_cuts *cuts;
    size_t lane; // of those
};

struct ahead {
    const struct wordpiece *model;
    bool lowercase;
    bool pays;                         // many runs are unknown
    bool all_new;                      // nearly all are
    bool blind;                        // which is taken for granted in this batch
    unsigned batches;                  // of such a text
    size_t seen, unknown;              // runs since that was judged
    struct ahead_word words[RUNS + 1]; // in the text's order, behind them one of no run
    const struct ahead_word *next;
    struct trie_words labels;
    struct trie_cuts cuts[(RUNS + TRIE_LANES - 1) / TRIE_LANES];
};

void ahead_init(struct ahead *a, const struct wordpiece *model, bool lowercase);

// Before the runs [r, end) of a batch are asked for in order: walks their words, if that pays.
void ahead_walk(struct ahead *a, const struct run *r, const struct run *end);
static inline void ahead_begin(struct ahead *a, const struct run *r, const struct run *end)
{
    if (a->pays) ahead_walk(a, r, end);
}

// Behind it: of its n so many were unknown. Enough of them tell what is expected of the next ones.
enum { AHEAD_ENOUGH = RUNS_ASKED, AHEAD_ASKING = 8 };
void ahead_judge(struct ahead *a);
static inline void ahead_end(struct ahead *a, size_t unknown, size_t n)
{
    if (!a->blind) {
        a->seen += n;
        a->unknown += unknown;
        if (a->seen >= AHEAD_ENOUGH) ahead_judge(a);
    }
    a->blind = a->all_new && ++a->batches % AHEAD_ASKING > 0;
}

// Appends the tokens of the runs from r on as far as they were walked, which the cache gets too;
// returns where it ended. `end` is the batch's.
const struct run *ahead_put(struct ahead *a, struct cache *cache, const struct run *r,
                            const struct run *end, struct tokens *out);
static inline const struct run *ahead_take(struct ahead *a, struct cache *cache,
                                           const struct run *r, const struct run *end,
                                           struct tokens *out)
{
    return a->pays ? ahead_put(a, cache, r, end, out) : r;
}

#endif
