// template.h: what stands round a text or a pair: [CLS] A [SEP], [CLS] A [SEP] B [SEP], with the
// token types of each part.
#ifndef TEXT_TEMPLATE_H
#define TEXT_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

enum { TEMPLATE_ITEMS = 32 };
enum template_kind { TEMPLATE_TOKEN, TEMPLATE_FIRST, TEMPLATE_SECOND };

struct template_item {
    enum template_kind kind;
    int32_t id; // TEMPLATE_TOKEN
    uint8_t type;
};

// Tokens, with the first text once, and then the second one once in the template of pairs.
struct template
{
    struct template_item items[TEMPLATE_ITEMS];
    size_t n;
};

#endif
