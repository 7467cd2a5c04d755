// make_model.c: writes a random model into a folder: for ./demo until there is a trained one, for
// the tests of the program, and for benchmarks of any size (a speed does not depend on the
// weights).
//
//     make_model FOLDER [LAYERS HIDDEN HEADS INTERMEDIATE [VOCABULARY]]
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/made_model.h"

int main(int argc, char **argv)
{
    struct made_model m = {
        .layers = 2, .hidden = 64, .heads = 4, .intermediate = 256, .positions = 512, .seed = 1};
    if (argc != 2 && argc != 6 && argc != 7) {
        fprintf(stderr,
                "usage: make_model FOLDER [LAYERS HIDDEN HEADS INTERMEDIATE [VOCABULARY]]\n");
        return 2;
    }
    if (argc > 2) {
        m.layers = strtoul(argv[2], NULL, 10);
        m.hidden = strtoul(argv[3], NULL, 10);
        m.heads = strtoul(argv[4], NULL, 10);
        m.intermediate = strtoul(argv[5], NULL, 10);
    }
    if (argc > 6) m.words = strtoul(argv[6], NULL, 10);
    mkdir(argv[1], 0777);
    if (made_model_write(argv[1], &m)) return 0;
    perror(argv[1]);
    return 1;
}
