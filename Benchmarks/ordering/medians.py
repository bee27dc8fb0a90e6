"""medians.py: reads 'name TAB figure TAB unit' lines, prints the median of each name, and passes other lines on."""
import statistics
import sys

figures = {}
for line in sys.stdin:
    parts = line.rstrip("\n").split("\t")
    try:
        figures.setdefault((parts[0], parts[2]), []).append(float(parts[1]))
    except (IndexError, ValueError):
        print(line, end="")
for (name, unit), values in figures.items():
    print(f"{name}\t{statistics.median(values):.1f}\t{unit}\tmedian of {len(values)}")
