// cli.h: manners that every command shares: messages, the model, the session.
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/error.h"
#include "opt.h"

// "bert: …" and a newline on stderr, one line.
void say_error(const char *format, ...) PRINTF_LIKE(1, 2);
// "bert: warning: …", unless --quiet.
void say_warning(const struct options *o, const char *format, ...) PRINTF_LIKE(2, 3);

// What --dtype says of products: float32 unless it is bf16 or int8.
bert_dtype cli_dtype(const struct options *o);

// The path of the model of -m, else of $BERT_MODEL, else of the one that ships with the program; a
// name that `bert pull` brought is the folder that it is in. From mem_alloc; NULL after saying why.
char *cli_model_path(const struct options *o);
// Opens that model; on failure prints why and returns NULL.
bert_model *cli_model(const struct options *o);
// Opens only its tokenizer (a folder, a vocab.txt or a tokenizer.json).
bert_tokenizer *cli_tokenizer(const struct options *o, bert_profile profile);
// The tokenizer's options as the command line gives them.
struct bert_tokenizer_options cli_tokenizer_options(const struct options *o);
// How each item is tokenized. Windows only where the command takes --stride.
struct bert_tokenize_options cli_tokenize_options(const struct options *o);

// A new session for the model, or NULL after saying why.
bert_session *cli_session(const struct options *o, const bert_model *model);

// The output format that was asked for, else text for a terminal and jsonl for a file or a pipe.
const char *cli_format(const struct options *o);

// True for a model whose weights are random, made to try things with: people are told so.
bool cli_untrained(const bert_model *model);

#endif
