// line_vectors.h: a text file, and the vectors of its lines kept in another file from one run to
// the next. What is kept is used only after every byte of it was found right and made for these
// lines by this model; lines appended since are embedded and added; anything else is made anew.
#ifndef CLI_LINE_VECTORS_H
#define CLI_LINE_VECTORS_H

#include "base/os.h"
#include "embedder.h"
#include "record/vectors.h"

struct line_vectors {
    struct os_file text, file;
    struct vectors v;
    char *path;          // where the vectors are kept
    const char **starts; // of every STRIDE-th line of the text
    size_t n;            // lines
};

// Opens the lines of `path`, embedding what must be. The vectors are where --vectors says, else
// beside the file, else, when that folder cannot be written to, in the user's cache. False after
// saying why. Closed by line_vectors_close either way.
bool line_vectors_open(struct line_vectors *lv, struct embedder *e, const char *path);
void line_vectors_close(struct line_vectors *lv);

// The i-th line, from 0.
struct bert_text line_vectors_text(const struct line_vectors *lv, size_t i);

#endif
