// commands.h: every command's entry, cmd_NAME in cmd_NAME.c. Each returns the exit status.
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "opt.h"

int cmd_embed(const struct options *o);
int cmd_similar(const struct options *o);
int cmd_search(const struct options *o);
int cmd_tokenize(const struct options *o);
int cmd_detokenize(const struct options *o);
int cmd_inspect(const struct options *o);
int cmd_bench(const struct options *o);
int cmd_models(const struct options *o);

#endif
