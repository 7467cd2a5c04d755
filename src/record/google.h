// google.h: tokens and their layers as google-research/bert's extract_features.py writes them.
#ifndef RECORD_GOOGLE_H
#define RECORD_GOOGLE_H

#include "record/embedding.h"

// Room that google_number wants: its longest text is "-9007199254740992.0", without a NUL.
enum { GOOGLE_NUMBER_MAX = 24 };

// Writes repr(round(float(x), 6)) of Python and returns its length.
size_t google_number(char *out, float x);

// {"linex_index": 0, "features": [{"token": "[CLS]", "layers": [{"index": -1, "values": [0.123456,
// …]}, …]}, …]} as json.dumps spaces and escapes it, and a newline. Wants e->layers: the numbers
// that are printed as "index".
void google_jsonl(struct buf *out, const struct embedding *e);

#endif
