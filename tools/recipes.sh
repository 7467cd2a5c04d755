#!/bin/sh
# tools/recipes.sh BUILD MODEL [TEXTS]: runs every block of docs/SCALE.md as it stands, on so many made
# texts (100000), and says which succeeded; a block compares its result with one process itself.
#
# A block that begins with "# needs X" is skipped, and said to be, where there is no program or Python
# module X. PYTHON names the Python that has pyspark (which needs a Java 8, 11 or 17). Where there
# is no sbatch, a stand-in runs the tasks of an array one after another, as Slurm would set them up.
set -eu
[ $# -ge 2 ] || { echo "usage: tools/recipes.sh BUILD MODEL [TEXTS]" >&2; exit 2; }
build=$(cd "$1" && pwd)
case $2 in /*) BERT_MODEL=$2 ;; *) BERT_MODEL=$PWD/$2 ;; esac
texts=${3:-100000}
python=${PYTHON:-python3}
page=$(cd "$(dirname "$0")/.." && pwd)/docs/SCALE.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
PATH=$build:$work/bin:$PATH
export PATH BERT_MODEL
cd "$work"

awk -v n="$texts" 'BEGIN {
    split("the of bank river sea line loan Paris morning money water house night naïve city book time year", w, " ")
    for (i = 0; i < n; i++) {
        text = ""
        for (k = 0; k < 4 + i % 9; k++) text = text w[1 + (i * 7 + k * k * 5 + int(i / 13)) % 18] " "
        print text i % 1000
    }
}' >texts.txt

if ! command -v sbatch >/dev/null 2>&1; then
    echo "sbatch: simulated"
    cat >bin/sbatch <<'END'
#!/bin/sh
for script; do :; done
range=$(sed -n 's/^#SBATCH --array=//p' "$script")
SLURM_ARRAY_TASK_COUNT=$((${range#*-} - ${range%-*} + 1))
export SLURM_ARRAY_TASK_COUNT
for SLURM_ARRAY_TASK_ID in $(seq "${range%-*}" "${range#*-}"); do
    export SLURM_ARRAY_TASK_ID
    sh "$script" || exit 1
done
END
    chmod +x bin/sbatch
fi

# One file a block, named by its number and the language after the fence.
awk '
    /^## / { title = substr($0, 4) }
    /^```(sh|bash|python)$/ { inside = 1; file = sprintf("block.%02d.%s", ++n, substr($0, 4)); print title >(file ".title"); next }
    /^```$/ { inside = 0; next }
    inside { print >file }
' "$page"

failed=0
for block in block.*.sh block.*.bash block.*.python; do echo "$block"; done | sort >blocks
while IFS= read -r block; do
    title=$(cat "$block.title")
    needs=$(sed -n '1s/^# needs //p' "$block")
    if [ -n "$needs" ] && ! command -v "$needs" >/dev/null 2>&1 && ! "$python" -c "import $needs" 2>/dev/null; then
        echo "skipped  $title: no $needs"
        continue
    fi
    started=$(date +%s)
    case $block in
        *.sh) sh -eu "$block" ;;
        *.bash) bash -eu "$block" ;;
        *.python) "$python" "$block" ;;
    esac >log 2>&1 </dev/null && echo "ok       $title ($(($(date +%s) - started)) s)" || {
        echo "FAILED   $title: $block"
        tail -n 20 log
        failed=1
    }
done <blocks
exit $failed
