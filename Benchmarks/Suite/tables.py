"""What was measured, as tables for people."""

import math


def markdown(header, rows):
    lines = ["| " + " | ".join(cells) + " |\n" for cells in [header, ["---"] * len(header), *rows]]
    return "".join(lines)


def timings(results, work, peak):
    """Minimum and median of each contender in ms; our fraction of the peak, and how much faster the best other is.

    `results` are timings by contender by row, `work` GFLOP of an image by network, `peak` GFLOP/s of a core."""
    names = list(dict.fromkeys(name for found in results.values() for name in found))
    ours = [name for name in names if name.startswith("Apus")]
    others = [name for name in names if name not in ours]
    rows, ratios = [], []
    for row, found in results.items():
        cells = [f"{row.network}, {row.batch}, {row.threads}"]
        cells += [milliseconds(found.get(name)) for name in names]
        fraction = work[row.network] * row.batch / (found[ours[0]].minimum() * peak * row.threads)
        cells.append(f"{100 * fraction:.0f} %")
        best = min((found[name].minimum() for name in others if name in found), default=None)
        if best:
            ratios.append(best / found[ours[0]].minimum())
            cells.append(f"{ratios[-1]:.2f}")
        elif others:
            cells.append("")
        rows.append(cells)
    header = ["network, batch, threads", *names, "of peak"] + (["best other / Apus"] if others else [])
    text = markdown(header, rows)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        text += f"\nGeometric mean of the last column: {mean:.2f}.\n"
    return text


def milliseconds(timings):
    """`12.3, 12.9`; a median that no quiet moment was found for has a mark."""
    if timings is None:
        return ""
    mark = "" if timings.clean else " ~"
    return f"{1e3 * timings.minimum():.1f}, {1e3 * timings.median():.1f}{mark}"


def startup(found, info):
    """From the start of a process to its end, with one picture between."""
    rows = []
    for name, runs in found.items():
        seconds = sorted(run[0] for run in runs)
        memory = min(run[1] for run in runs)
        middle = seconds[len(seconds) // 2]
        rows.append([name, f"{1e3 * seconds[0]:.0f}", f"{1e3 * middle:.0f}", f"{memory / 2**20:.0f}"])
    text = markdown(["", "ms, minimum", "median", "peak memory, MiB"], rows)
    needed = info["weights_bytes"] + info["workspace_fixed_bytes"] + info["workspace_bytes_per_image"]
    peak = min(run[1] for run in found["Apus"])
    return text + f"\nWeights and workspace are {needed / 2**20:.0f} MiB; the peak is {peak / needed:.2f} times that.\n"
