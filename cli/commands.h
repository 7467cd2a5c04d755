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
int cmd_convert(const struct options *o);
int cmd_quantize(const struct options *o);
int cmd_verify(const struct options *o);
int cmd_models(const struct options *o);

// What each command's manual says, and the sections of bert(1) (manuals.c).
extern const char manual_models_text[], manual_input_text[], manual_output_text[],
    manual_environment_text[];
extern const struct manual manual_overview, manual_embed, manual_similar, manual_search,
    manual_tokenize, manual_detokenize, manual_inspect, manual_bench, manual_convert, manual_quantize, manual_verify, manual_models;

// Every command, those that are programs of their own last; NULL at the end (main.c).
const struct command *command_at(size_t i);

#endif
