// consumer.c MODEL: opens a model with the installed library and prints how wide its vectors are.
#include <bert.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    bert_error err;
    bert_model *model = argc > 1 ? bert_model_open(argv[1], NULL, &err) : NULL;
    if (!model) return 1;
    printf("%s %zu\n", bert_version(), bert_embed_cols(model, NULL));
    bert_model_free(model);
    return 0;
}
