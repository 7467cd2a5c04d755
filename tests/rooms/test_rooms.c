// test_rooms.c: who may include whom: the table of docs/ARCHITECTURE.md held against the sources.
#include "support/check.h"

#include <glob.h>

static const struct {
    const char *room;
    const char *may; // rooms whose headers it includes, itself among them
} rooms[] = {
    {"src/base", "base"},
    {"src/cpu", "cpu base"},
    {"src/ops", "ops cpu base"},
    {"src/nn", "nn ops base"},
    {"src/text", "text base"},
    {"src/ckpt", "ckpt base"},
    {"src/model", "model text nn ckpt base"},
    {"src/record", "record base"},
    {"src/hub", "hub base"},
    {"cli", "record hub base"},
};

static bool is_word_of(const char *list, const char *word, size_t len)
{
    for (const char *p = list; (p = strstr(p, word)); p++) {
        if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == 0)) return true;
    }
    return false;
}

// Every #include "room/…" of a file must be in the list; bert.h and neighbours have no room in
// them.
static int check_file(const char *path, const char *may)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char line[4096], room[64];
    int bad = 0;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "#include \"%63[^/\"]/", room) != 1 || !strchr(line, '/')) continue;
        if (is_word_of(may, room, strlen(room))) continue;
        fprintf(stderr, "%s includes %s", path, line + 9);
        bad++;
    }
    fclose(f);
    return bad;
}

static void rooms_are_kept(void **state)
{
    (void)state;
    static const char *const forms[] = {"%s/*.[ch]", "%s/*/*.[ch]"};
    int bad = 0;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        size_t files = 0;
        for (size_t k = 0; k < 2; k++) {
            char pattern[100];
            glob_t found;
            snprintf(pattern, sizeof pattern, forms[k], rooms[i].room);
            if (glob(pattern, 0, NULL, &found)) continue;
            for (size_t n = 0; n < found.gl_pathc; n++)
                bad += check_file(found.gl_pathv[n], rooms[i].may);
            files += found.gl_pathc;
            globfree(&found);
        }
        assert_true(files > 0);
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rooms_are_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
