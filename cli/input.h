// input.h: items as a stream: arguments, or the records of files and standard input (lines, unless
// input_format.h knows more). Memory is that of the longest record. A line ends in \n or \r\n, the
// last one needs no end; a byte-order mark at the start of a file is dropped; an empty line is an
// item.
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/buf.h"
#include "input_format.h"
#include "opt.h"

struct input {
    const struct options *o;
    size_t next;                       // argument or file
    int fd;                            // -1: none open
    const char *name;                  // of the open file, for messages
    struct buf buffer;                 // bytes read of the open file
    size_t start;                      // first byte not yet given out
    size_t searched;                   // no line end before this
    bool ended;                        // the file has no more bytes
    bool first;                        // nothing of this file was given out yet
    size_t items;                      // read so far, those of other shards too
    size_t line;                       // in which the last record began, from 1
    size_t lines;                      // before the next record
    bool quoted;                       // what was searched ends within quotes
    const struct input_format *format; // of the open file
    struct columns columns;
    bool named;   // they were found in it, or need not be
    bool words;   // set after input_open: lists of words are items, too (see words.h)
    bool plain;   // set after input_open: lines of text, whatever a file's name ends in
    bool labels;  // set after input_open: items have labels, which `item` holds
    struct input_item item; // the last one
    size_t chunk; // bytes read at once; the caller may set more after input_open
    bool lasting; // items are borrowed until the call after INPUT_WAIT, not the next one
    bool lent;    // since then some were
};

enum input_event {
    INPUT_ITEM,
    INPUT_WAIT, // nothing now: run what is queued, then ask again, which waits
    INPUT_END,
    INPUT_FAILED // said on stderr
};

// The index in the whole input of the i-th item that this shard gets, from 0.
size_t input_index(const struct options *o, size_t i);

void input_open(struct input *in, const struct options *o);
void input_close(struct input *in);

// The next item, borrowed until the next call, or as `lasting` says. may_wait false: INPUT_WAIT
// instead of blocking. pair is for commands that take pairs (others: NULL): the item's second text,
// data NULL when it has none; an argument is then split at its last " ||| ".
enum input_event input_next(struct input *in, bool may_wait, struct bert_text *item,
                            struct bert_text *pair);

// Splits an item at the last `mark` in it, " ||| " as Google's scripts do; false, and nothing
// changed, when there is none.
bool input_split(struct bert_text *item, struct bert_text *second, const char *mark);

#endif
