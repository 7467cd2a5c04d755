// check.c: forks, folders and files for tests.
#include "support/check.h"

#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

// In a child: one level's tests. The exit status says whether they passed.
static int run_level(const char *level, int (*run)(void))
{
    bert_error err;
    if (bert_cpu_limit(level, &err)) {
        fprintf(stderr, "level %s: %s\n", level, err.message);
        return 1;
    }
    fprintf(stderr, "level %s\n", level);
    return run() != 0;
}

// Is the level a word of the list? NULL is the list of all.
static bool is_among(const char *level, const char *list)
{
    if (!list) return true;
    for (size_t n; *list; list += n + (list[n] != 0)) {
        n = strcspn(list, " ");
        if (n == strlen(level) && memcmp(list, level, n) == 0) return true;
    }
    return false;
}

int check_every_level(int (*run)(void))
{
    const char *list = getenv("BERT_TEST_LEVELS");
    int failed = 0, ran = 0;
    for (const char *const *level = bert_cpu_levels(); *level; level++) {
        if (!is_among(*level, list)) continue;
        ran++;
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) exit(run_level(*level, run));
        int status = 1;
        if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
            fprintf(stderr, "level %s failed\n", *level);
            failed++;
        }
    }
    if (!ran) fprintf(stderr, "none of the levels \"%s\" here\n", list);
    return ran ? failed : 1;
}

void check_folder_make(char path[256])
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, 256, "%s/bert-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

void check_folder_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void check_write(const char *folder, const char *name, const void *bytes, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

bert_model *check_open(const char *folder)
{
    bert_error err = {0};
    bert_model *model = bert_model_open(folder, NULL, &err);
    if (!model) fail_msg("%s", err.message);
    return model;
}
