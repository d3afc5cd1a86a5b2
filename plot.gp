# Draws Figures 6 to 9, the rules of marking, the price of isolation, the costs of cryptography,
# the sharing of records, and Streamlet from the tables in the results directory; computes nothing
# but styling.
#
#   gnuplot plot.gp                                          all figures, from Results into Results
#   gnuplot -e "figure='8'" plot.gp                          one figure
#   gnuplot -e "formats='svg png pdf'" plot.gp               PDF as well, in its size on paper
#   gnuplot -e "results='R'; output='/tmp/x'" plot.gp        other directories
#
# A figure that fails half-way leaves a broken file behind, and gnuplot does not always say so in
# its exit status. `consim plot` draws aside, checks, and renames; use it for what is kept.
#
# Where a summary holds several variants of a protocol, the first one in the file is drawn: it is
# the scenario's main condition, the others are sensitivities.

if (!exists('results')) results = 'Results'
if (!exists('output')) output = results
# Where the tables of the large groups of Figure 6 lie.
if (!exists('large')) large = results
if (!exists('figure')) figure = 'all'
if (!exists('formats')) formats = 'svg png'
if (strstrt(' all 6 7 8 9 marking-map isolation crypto-costs records-steps records-sweeps streamlet chart ', ' ' . figure . ' ') == 0) {
  exit message sprintf("plot.gp: there is no figure '%s'; there are 6, 7, 8, 9, marking-map, isolation, crypto-costs, records-steps, records-sweeps, streamlet and all\n", figure) status 64
}

set datafile separator comma
set datafile columnheaders
set datafile missing NaN
set encoding utf8

# ---- Style: sizes -----------------------------------------------------------------------------

# One design in points of print: a column is 3.5 inches wide, a page 7.16. An SVG has two pixels a
# point, and every size below is one of its pixels: font 14 is 7 pt in print, a line of 2 is 1 pt.
# A PNG has 300 dots an inch. Texts are data, so an underscore is an underscore.
fontSize = 14
small = ',13'
svg(w, h) = sprintf("set terminal svg noenhanced size %d,%d font 'sans-serif,%d' background 'white'", 2 * w, 2 * h, fontSize)
# Cairo takes 96 dots an inch for its fonts, and draws smaller points than an SVG.
png(w, h) = sprintf("set terminal pngcairo noenhanced size %d,%d font 'DejaVu Sans,%d' fontscale 1.5625 linewidth 2.0833 pointscale 3 background 'white'", w * 300 / 72, h * 300 / 72, fontSize)
# What gnuplot makes of inches it cuts to whole points.
pdf(w, h) = sprintf("set terminal pdfcairo noenhanced size %.4fin,%.4fin font 'DejaVu Sans,%d' fontscale 0.375 linewidth 1 pointscale 0.875", w / 72 + 0.001, h / 72 + 0.001, fontSize)
# Sets the terminal for a chart of a 'column' or a 'page', so many points high.
canvas(format, size, height) = (isSVG = format eq 'svg', canvasWidth = size eq 'page' ? 516.0 : 252.0, canvasHeight = height + 0.0, \
  format eq 'svg' ? svg(canvasWidth, canvasHeight) : format eq 'pdf' ? pdf(canvasWidth, canvasHeight) : png(canvasWidth, canvasHeight))

# Places the axes of a panel, in points from the lower left corner of the canvas.
frame(left, right, bottom, top) = sprintf('set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g', \
  left / canvasWidth, right / canvasWidth, bottom / canvasHeight, top / canvasHeight)
# The left and the right half of a column; apart, the right half has numbers of its own.
halves(part, bottom, top) = part % 2 == 1 ? frame(35.0, 138.0, bottom, top) : frame(146.0, 249.0, bottom, top)
halvesApart(part, bottom, top) = part % 2 == 1 ? frame(35.0, 129.0, bottom, top) : frame(155.0, 249.0, bottom, top)
# What the values of a panel are, along its left side whatever its numbers take.
yText = ''
alongY(text) = (yText = text, sprintf('set label 97 yText at screen %g, graph 0.5 center rotate by 90', 6.0 / canvasWidth))
# Where two halves have one scale, the left one has its numbers.
numbersOf(part) = part % 2 == 1 ? "set format y '%g'" : "set format y ''"
# A key of so many rows, its middle so many points above the lower edge. gnuplot takes letters for
# wider than they are; the last argument takes so many of them away from each column.
keyBelow(height, rows, less) = sprintf('set key on at screen 0.5, %g center vertical maxrows %d samplen 2.4 spacing %g width %g Left reverse', height / canvasHeight, rows, isSVG ? 0.92 : 1.1, -less)

# The heading of a chart, and in small print below it what a value and an interval are made of.
linesOf(text) = strstrt(text, "\n") ? 1 + linesOf(text[strstrt(text, "\n") + 1:*]) : 1
captionText = ''
headingText = ''
caption(text) = (captionText = text, sprintf("set label 99 captionText at screen 0.5, %g center font small textcolor rgb '#303030'", (6.0 + 8.5 * (linesOf(text) - 1)) / canvasHeight))
heading(text) = (headingText = text, sprintf("set label 98 headingText at screen 0.5, %g center", 1 - 7.0 / canvasHeight))
# Of a multiplot the first panel has the heading and the last panel has the caption.
headed = 'unset label 98'

# "3 seeds", "2 to 3 seeds": what countSeeds found in the column of a table, or in a part of it.
seedsIn(least, most) = most == 1 ? 'one seed' : least == most ? sprintf('%d seeds', most) : sprintf('%d to %d seeds', least, most)
countSeeds(table, rows) = (seedTable = table, sprintf("stats seedTable using (%s) nooutput name 'SEEDS'", rows))
measured(seeds, interval) = seeds eq 'one seed' ? 'one seed, no interval' : 'means of ' . seeds . interval
# One seed has no interval.
halfOf(name) = strcol(name) eq '' ? 0 : column(name)

# ---- Style: lines, points and fills -----------------------------------------------------------

# Okabe and Ito's colours, the pale ones darker. No two lines have the same lightness, dashes and
# points, so that a grey print shows them apart.
set style line 101 linecolor rgb '#0060A0' linewidth 1.8 dashtype 1           pointtype 7  pointsize 0.55
set style line 102 linecolor rgb '#D98E00' linewidth 2.8 dashtype 1           pointtype 4  pointsize 1.05
set style line 103 linecolor rgb '#007A5A' linewidth 1.8 dashtype (9,4)       pointtype 9  pointsize 0.65
set style line 104 linecolor rgb '#202020' linewidth 1.6 dashtype (2,3)       pointtype 2  pointsize 0.60
set style line 105 linecolor rgb '#C0609A' linewidth 2.2 dashtype (9,3,2,3)   pointtype 6  pointsize 0.65
set style line 106 linecolor rgb '#4A9CD0' linewidth 2.4 dashtype (4,3)       pointtype 5  pointsize 0.55
set style line 107 linecolor rgb '#7A1420' linewidth 1.6 dashtype (6,3,2,3,2,3) pointtype 10 pointsize 0.70
set style line 108 linecolor rgb '#7F7F30' linewidth 2.0 dashtype (14,4)      pointtype 12 pointsize 0.75
# The colours of these, for bands.
array Tone[8] = ['#0060A0', '#D98E00', '#007A5A', '#202020', '#C0609A', '#4A9CD0', '#7A1420', '#7F7F30']
# Fills of bars, each with a dark edge, from the palest to the darkest.
array Fill[4] = ['#F5F5F5', '#A6CFEA', '#D98E00', '#00426A']
edge = '#303030'

protocols = 'Raft PBFT sc-PBFT PoW'
raft = 1; pbft = 2; scpbft = 3; pow = 4
# PBFT and sc-PBFT often coincide: a dot inside an open square, a dark dashed line over a thick one.
array Colour[4] = ['#007A5A', '#D98E00', '#0060A0', '#202020']
set style line raft   linecolor rgb Colour[raft]   linewidth 1.6 dashtype 1       pointtype 9 pointsize 0.65
set style line pbft   linecolor rgb Colour[pbft]   linewidth 2.8 dashtype 1       pointtype 4 pointsize 1.05
set style line scpbft linecolor rgb Colour[scpbft] linewidth 1.8 dashtype (7,4)   pointtype 7 pointsize 0.42
set style line pow    linecolor rgb Colour[pow]    linewidth 1.4 dashtype (2,3)   pointtype 2 pointsize 0.55
# Another variant of sc-PBFT, intervals, and what a paper says.
set style line 14     linecolor rgb '#8A1C5A'      linewidth 1.4 dashtype 1         pointtype 8 pointsize 0.85
set style line 10     linecolor rgb '#000000'      linewidth 1.2
set style line 8      linecolor rgb '#000000'      linewidth 1.4 dashtype (4,3)
set style line 11     linecolor rgb '#D8D8D8'      linewidth 0.8

# Figures of the paper have numbers, others have names.
target(name, format) = sprintf('%s/%s%s.%s', output, strstrt('6789', name) > 0 ? 'figure' : '', name, format)
wants(number) = figure eq 'all' || figure eq number
# What not every results directory holds is drawn when it is there, or when it is asked for.
isThere(name) = int(system(sprintf("test -f '%s/%s-summary.csv' && echo 1 || echo 0", results, name)))
wantsIfThere(name, table) = figure eq name || figure eq 'all' && isThere(table)

# What a chart begins with, whatever the one before it set: for statistics, and on a canvas.
plain = "unset logscale; set xrange [*:*]; set yrange [*:*]"
fresh = "" \
  . "unset logscale; unset label; unset arrow; unset object; unset title; unset xlabel; " \
  . "set xrange [*:*]; set yrange [*:*]; set offsets 0, 0, 0, 0; set format '%g'; " \
  . "set lmargin; set rmargin; set tmargin; set bmargin; " \
  . "set xtics nomirror out norotate autojustify offset 0, 0.2 scale 0.6 autofreq; set ytics nomirror out offset (isSVG ? 0.8 : 0.4), 0 scale 0.6 autofreq; " \
  . "set title font small offset 0, -0.7; set xlabel offset 0, (isSVG ? 0.9 : 0.5); unset key"
set border 3 linecolor rgb '#404040' linewidth 1.2
set grid ytics linestyle 11
set key noautotitle
set style fill solid 1.0 border linecolor rgb edge
set boxwidth 0.8
set errorbars 0.7

# ---- Selection of rows ------------------------------------------------------------------------

array Variant[4]
array Epoch[4]
# A chart that shows a part of its file says which rows; the argument is unused.
inChart(x) = 1
charted = '1 2 3 4'
# Sets Variant[i] and Epoch[i] to those of the first row of each charted protocol, and fails if
# a protocol has none. Ranges go first, since statistics leave out what is outside them.
choose = "" \
  . "set xrange [*:*]; " \
  . "set yrange [*:*]; " \
  . "do for [i in charted] { Variant[i+0] = ''; " \
  . "stats file using (Variant[i+0] eq '' && inChart(0) && strcol('protocol') eq word(protocols, i+0) ? (Variant[i+0] = strcol('variant'), Epoch[i+0] = hasEpochs ? strcol('epoch_n') : '', 0) : 0) nooutput; " \
  . "if (Variant[i+0] eq '') { exit message sprintf(\"plot.gp: %s has no row of %s to draw\\n\", file, word(protocols, i+0)) status 66 } }"
hasEpochs = 0
isOf(i) = strcol('protocol') eq word(protocols, i) && strcol('variant') eq Variant[i] && inChart(0)

# ---- Figures 7 and 8: throughput per test -----------------------------------------------------

# The lines of a throughput chart, each over the 95 % interval of its mean; the order puts the
# thin lines over the thick one.
throughput = "" \
  . "plot for [i = 1:4] file using (isOf(i) ? column('test') : NaN):" \
  . "(column('tps_mean') - halfOf('tps_ci95')):(column('tps_mean') + halfOf('tps_ci95')) with filledcurves linecolor rgb Colour[i] fillstyle transparent solid 0.25 noborder, " \
  . "for [i in '1 2 3 4'] file using (isOf(i+0) ? column('test') : NaN):'tps_mean' with linespoints linestyle i+0 title word(protocols, i+0)"

testAxis = "set xrange [0.5:STATS_max + 0.5]; set xtics 5; set xlabel 'test (one master each)'"

if (wants('7')) {
  eval plain
  file = results . '/figure7-summary.csv'
  eval choose
  eval countSeeds(file, "column('seeds')")
  stats file using 'test' nooutput
  do for [format in formats] {
    eval canvas(format, 'column', 190)
    set output target('7', format)
    eval fresh
    eval frame(29.0, 249.0, 54, 174)
    eval heading('Figure 7: throughput without a Byzantine node')
    eval caption(measured(seedsIn(SEEDS_min, SEEDS_max), '; bands: 95 % interval'))
    eval keyBelow(19.0, 1, 1)
    eval testAxis
    eval alongY('transactions per second')
    set yrange [0:*]
    set offsets 0, 0, 2, 0
    eval throughput
    unset output
  }
}

if (wants('8')) {
  eval plain
  file = results . '/figure8-summary.csv'
  eval choose
  stats file using (isOf(raft) ? column('bogus_per_s_mean') : NaN) nooutput
  bogus = STATS_max
  eval countSeeds(file, "column('seeds')")
  stats file using 'test' nooutput
  do for [format in formats] {
    eval canvas(format, 'column', 262)
    set output target('8', format)
    eval fresh
    set multiplot

    # What Raft's Byzantine leader acknowledges has a scale of its own.
    eval frame(29.0, 249.0, 197, 224)
    eval heading("Figure 8: throughput with one Byzantine node,\nthe master of every fourth test")
    eval testAxis
    set xlabel ''
    set format x ''
    set title 'bogus results that Raft acknowledges per second'
    # An axis of zeros alone has no length.
    set yrange [0:(bogus > 0 ? 1.1 * bogus : 1)]
    set ytics (0, sprintf('%.0f', bogus) bogus)
    plot file using (isOf(raft) ? column('test') : NaN):'bogus_per_s_mean' with impulses linecolor rgb Colour[raft] linewidth 4
    eval headed

    eval frame(29.0, 249.0, 54, 180)
    set title 'correct transactions per second'
    set yrange [0:*]
    set offsets 0, 0, 2, 0
    eval testAxis
    set format x '%g'
    set ytics 5
    eval keyBelow(19.0, 1, 1)
    eval caption(measured(seedsIn(SEEDS_min, SEEDS_max), '; bands below: 95 % interval'))
    eval throughput
    unset multiplot
    unset output
  }
}

# ---- Figure 9: latency ------------------------------------------------------------------------

# What the paper's text says of its Figure 9: place of the group, and seconds.
$paper9 << END
place,seconds
1,0.4
2,0.8
3,0.8
4,25
END

place(name) = name eq 'Raft' ? 1 : name eq 'PBFT' ? 2 : name eq 'sc-PBFT' ? 3 : name eq 'PoW' ? 4 : NaN
conditions = 'none/successful byzantine/successful byzantine/failures-at-timeout'
array Condition[3] = ['no Byzantine node', 'Byzantine node, successes only', 'Byzantine node, failures as 10 s']
width9 = 0.24
x9(k) = strcol('variant') . '/' . strcol('accounting') eq word(conditions, k) ? place(strcol('protocol')) + (k - 2) * width9 : NaN
mean9(x) = column('latency_mean_ms') / 1000
half9(x) = halfOf('latency_ci95_ms') / 1000
# A log axis has no place for what is not positive.
low9(x) = mean9(x) > half9(x) ? mean9(x) - half9(x) : mean9(x) / 10

if (wants('9')) {
  eval plain
  file = results . '/figure9-summary.csv'
  eval countSeeds(file, "column('seeds')")
  do for [format in formats] {
    eval canvas(format, 'column', 225)
    set output target('9', format)
    eval fresh
    eval frame(30.0, 249.0, 81, 208)
    eval heading('Figure 9: latency without and with a Byzantine node')
    eval caption(measured(seedsIn(SEEDS_min, SEEDS_max), "; whiskers: 95 % interval"))
    eval keyBelow(35.0, 4, 4)
    eval alongY('latency (s, logarithmic)')
    set xrange [0.45:4.55]
    set xtics ("Raft\n(0.4 s)" 1, "PBFT\n(≤ 0.8 s)" 2, "sc-PBFT\n(≤ 0.8 s)" 3, "PoW\n(25 s)" 4) scale 0
    set logscale y
    set yrange [0.1:300]
    plot \
      for [k = 1:3] file using (x9(k)):(mean9(0)):(width9 * 0.92) with boxes linecolor rgb Fill[k + 1] title Condition[k], \
      for [k = 1:3] file using (x9(k)):(low9(0)):(0):(mean9(0) + half9(0) - low9(0)) with vectors heads size graph 0.012, 90 linestyle 10, \
      for [k = 1:3] file using (x9(k)):(mean9(0) + half9(0)):(sprintf(mean9(0) < 10 ? '%.2f' : '%.1f', mean9(0))) with labels left rotate by 90 offset 0, 0.4 font small, \
      $paper9 using ($1 - 0.42):2:(0.84):(0) with vectors nohead linestyle 8, \
      keyentry with lines linestyle 8 title "the paper's text (value in brackets)"
    unset output
  }
}

# ---- Figure 6: tolerance over time ------------------------------------------------------------

# Silent primaries are the main condition; the other variants are sensitivities.
inPanel6(x) = strcol('variant') eq 'silent' && strcol('model') eq model && column('replicas') == replicas
# The cell of the panels over time: arrivals every n rounds, epochs of n rounds.
inMain6(x) = inPanel6(0) && column('arrival_n') == 1 && (strcol('protocol') eq 'PBFT' || column('epoch_n') == 1)
# PBFT knows no epochs and is drawn once, from the first epoch length in the file.
isMain(i) = isOf(i) && strcol('epoch_n') eq Epoch[i]
isEpoch(m) = isOf(scpbft) && column('epoch_n') == m
# The points by messages beside the lines by slots.
isMessages(i, m) = strcol('protocol') eq word(protocols, i) && strcol('model') eq 'messages' && strcol('variant') eq 'silent' && column('replicas') == replicas && column('epoch_n') == m
# A run that survived is counted with its whole length, so that a mean over it is a least value.
isLeast(x) = column('survived_runs') > 0
red = '#8A0014'
exceeded = '#E0A6AA'
exceededInSome = '#F7E0E1'

# Shades the time in which the Byzantine members outnumber f, paler while they do in some runs only, and
# marks the mean of the times at which that begins and their range, if it does in most runs.
markLoss = "" \
  . "stats survival using (isMain(i) ? column('survival_dt_mean') : NaN) nooutput; lost = STATS_mean; " \
  . "stats survival using (isMain(i) ? column('survival_dt_min') : NaN) nooutput; earliest = STATS_mean; " \
  . "stats survival using (isMain(i) ? column('survival_dt_max') : NaN) nooutput; latest = STATS_mean; " \
  . "stats survival using (isMain(i) ? column('survived_runs') : NaN) nooutput; survived = STATS_mean; " \
  . "stats survival using (isMain(i) ? column('survived_runs') - column('runs') / 2.0 : NaN) nooutput; " \
  . "isLost = STATS_mean < 0; " \
  . "spread = latest > earliest ? sprintf(' (%g to %g)', earliest, latest) : ''; " \
  . "isLate = lost > 0.6 * end; " \
  . "if (isLost) { " \
  . "set object 1 rectangle from earliest, graph 0 to latest, graph 1 behind fillcolor rgb exceededInSome fillstyle solid noborder; " \
  . "set object 2 rectangle from latest, graph 0 to graph 1, graph 1 behind fillcolor rgb exceeded fillstyle solid noborder; " \
  . "set arrow 1 from lost, graph 0 to lost, graph 1 nohead linecolor rgb red linewidth 1.6; " \
  . "if (latest > earliest) { set arrow 2 from earliest, graph 0.7 to latest, graph 0.7 heads size graph 0.02, 90 linecolor rgb red linewidth 1.6 }; " \
  . "words = sprintf(spread eq '' ? 'crossed at %s%.3g%s' : \"crossed at\\n%s%.3g%s\", survived > 0 ? '≥ ' : '', lost, spread); " \
  . "set label 1 words at (isLate ? earliest - 0.02 * end : lost + 0.02 * end), graph 0.9 left front font small textcolor rgb red; " \
  . "if (isLate) { set label 1 right } }"
# Slots and messages of one survival chart stand side by side, each with its range.
bySlots(x) = column('arrival_n') * 0.97
byMessages(x) = column('arrival_n') * 1.07
rangesOf = "using (%s ? %s(0) : NaN):'survival_dt_min':(0):(column('survival_dt_max') - column('survival_dt_min')) with vectors heads size graph 0.02, 90 linewidth 1.2 dashtype 1 linecolor rgb '%s', "
pointsOf = "using (%s ? byMessages(0) : NaN):'survival_dt_mean' with points linestyle %d pointsize %g linewidth 1.6 title 'messages'"
least = "using (%s ? %s(0) : NaN):'survival_dt_mean':(isLeast(0) ? '↑' : '') with labels offset 0, 0.7 font small, "
survivals = "" \
  . "survival " . sprintf(rangesOf, 'isEpoch(1)', 'bySlots', Colour[scpbft]) \
  . "survival " . sprintf(rangesOf, 'isEpoch(4)', 'bySlots', '#8A1C5A') \
  . "messages " . sprintf(rangesOf, 'isMessages(scpbft, 1)', 'byMessages', Colour[scpbft]) \
  . "longEpochs " . sprintf(rangesOf, 'isMessages(scpbft, 4)', 'byMessages', '#8A1C5A') \
  . "survival using (isMain(pbft) ? bySlots(0) : NaN):'survival_dt_mean' with lines linestyle pbft title 'PBFT, slots', " \
  . "survival using (isEpoch(1) ? bySlots(0) : NaN):'survival_dt_mean' with lines linestyle scpbft title 'sc-PBFT, m = n, slots', " \
  . "survival using (isEpoch(4) ? bySlots(0) : NaN):'survival_dt_mean' with lines linestyle 14 title 'sc-PBFT, m = 4n, slots', " \
  . "for [m in '1 4'] survival " . sprintf(least, 'isEpoch(m+0)', 'bySlots') \
  . "messages " . sprintf(least, '(isMessages(pbft, 1) || isMessages(scpbft, 1))', 'byMessages') \
  . "longEpochs " . sprintf(least, 'isMessages(scpbft, 4)', 'byMessages') \
  . "messages " . sprintf(pointsOf, 'isMessages(pbft, 1)', pbft, 0.75) . ', ' \
  . "messages " . sprintf(pointsOf, 'isMessages(scpbft, 1)', scpbft, 0.6) . ', ' \
  . "longEpochs " . sprintf(pointsOf, 'isMessages(scpbft, 4)', 14, 0.85)

if (wants('6')) {
  eval plain
  charted = '2 3'
  hasEpochs = 1
  longEpochs = large . '/figure6-large-survival.csv'
  do for [format in formats] {
    eval canvas(format, 'column', 386)
    set output target('6', format)
    eval fresh
    fewest = 1e9; most = 0; anySurvived = 0
    set multiplot
    eval heading('Figure 6: Byzantine members against the bound f(t)')
    do for [row = 1:2] {
      replicas = row == 1 ? 10 : 31
      # Whole groups of 31 have tables of their own.
      messages = row == 1 ? results . '/figure6-survival.csv' : large . '/figure6-large-survival.csv'

      # (a) to (d): members over time, by messages.
      model = 'messages'
      file = row == 1 ? results . '/figure6-summary.csv' : large . '/figure6-large-summary.csv'
      survival = messages
      inChart(x) = inMain6(0)
      eval choose
      stats survival using (isMain(pbft) || isMain(scpbft) ? column('survival_dt_max') : NaN) nooutput
      end = ceil(1.1 * STATS_max)
      do for [i = pbft:scpbft] {
        # What statistics leave out is what lies outside the ranges.
        set xrange [*:*]
        set yrange [*:*]
        eval countSeeds(survival, "isMain(i) ? column('runs') : NaN")
        fewest = fewest < SEEDS_min ? fewest : SEEDS_min
        most = most > SEEDS_max ? most : SEEDS_max
        eval markLoss
        eval halves(i - 1, row == 1 ? 297.0 : 209.0, row == 1 ? 355.0 : 267.0)
        set title sprintf('(%s) %s, n = %d', word('a b c d', 2 * row + i - 3), word(protocols, i), replicas)
        set xlabel (row == 2 ? 'time (Δt)' : '')
        eval alongY(i == pbft ? 'members' : '')
        set xrange [0:end]
        set yrange [0:row == 1 ? 10 : 20]
        step_ = row == 1 ? 2 : 5
        set ytics step_
        step_ = row == 1 ? 2 : 10
        set xtics step_
        eval numbersOf(i - 1)
        if (row == 2 && i == pbft) { eval keyBelow(168.0, 2, isSVG ? 4 : 2.5); set label 2 "the run ends\nat f + 2" at 0.97 * end, graph 0.35 right front font small }
        plot \
          file using (isMain(i) ? column('step') : NaN):'active_mean' with steps linecolor rgb Colour[scpbft] linewidth 2.6 title 'active Byzantine members', \
          file using (isMain(i) ? column('step') : NaN):'tolerated_mean' with steps linecolor rgb '#000000' linewidth 1.6 dashtype (5,3) title 'bound f(t)', \
          keyentry with boxes fillcolor rgb exceededInSome fillstyle solid title 'exceeded in some runs', \
          keyentry with boxes fillcolor rgb exceeded fillstyle solid title 'in all runs'
        unset arrow
        unset label
        unset object
        unset key
      }
    }
    seedsOfMembers = seedsIn(fewest, most)

    # (e), (f): survival over the time between arrivals, lines by slots, points by messages.
    fewest = 1e9; most = 0
    do for [row = 1:2] {
      replicas = row == 1 ? 10 : 31
      messages = row == 1 ? results . '/figure6-survival.csv' : large . '/figure6-large-survival.csv'
      survival = results . '/figure6-survival.csv'
      file = results . '/figure6-summary.csv'
      inChart(x) = inPanel6(0)
      set xrange [*:*]
      set yrange [*:*]
      model = 'slots'
      eval choose
      do for [k = 1:3] {
        table = k == 1 ? survival : k == 2 ? messages : longEpochs
        drawn = k == 3 ? "isMessages(scpbft, 4)" : "isMain(pbft) || isEpoch(1) || isEpoch(4) || isMessages(pbft, 1) || isMessages(scpbft, 1)"
        eval countSeeds(table, drawn . " ? column('runs') : NaN")
        if (SEEDS_records > 0) { fewest = fewest < SEEDS_min ? fewest : SEEDS_min; most = most > SEEDS_max ? most : SEEDS_max }
        eval countSeeds(table, drawn . " ? column('survived_runs') : NaN")
        if (SEEDS_records > 0) { anySurvived = anySurvived || SEEDS_max > 0 }
      }
      set format y '%g'
      eval halvesApart(row, 86.0, 142.0)
      set title sprintf('(%s) n = %d', row == 1 ? 'e' : 'f', replicas)
      set xlabel 'Δt (n rounds, logarithmic)'
      eval alongY(row == 1 ? 'crossed after (Δt)' : '')
      set logscale x 2
      set xrange [0.8:12.5]
      set xtics ('1' 1, '2' 2, '4' 4, '10' 10)
      step_ = row == 1 ? 2 : 10
      set ytics step_
      set yrange [0:*]
      set offsets 0, 0, graph 0.12, 0
      if (row == 2) {
        eval keyBelow(38.0, 3, 4)
        eval caption(sprintf("(a) to (d) by messages, Δt = n rounds, means of %s; (e), (f)\nof %s; bars: least to greatest%s", seedsOfMembers, seedsIn(fewest, most), anySurvived ? '; ↑: at least, some survived' : ''))
      }
      eval 'plot ' . survivals
      unset logscale
    }
    unset multiplot
    unset output
  }
  hasEpochs = 0
  charted = '1 2 3 4'
  inChart(x) = 1
}

# ---- Literal and certified marking -------------------------------------------------------------

# PBFT lies at the bottom; certified is thin over literal, since the two often coincide. Of the
# shorter time-out, k + 4.
array Rule[4] = ['PBFT', 'literal', 'certified', 'expiring']
set style line 21 linecolor rgb '#202020' linewidth 1.4 dashtype (2,3) pointtype 2 pointsize 0.55
set style line 22 linecolor rgb Colour[pbft]   linewidth 2.8 dashtype 1     pointtype 4 pointsize 1.05
set style line 23 linecolor rgb Colour[scpbft] linewidth 1.8 dashtype (7,4) pointtype 7 pointsize 0.45
set style line 24 linecolor rgb Colour[raft]   linewidth 1.8 dashtype (6,3,1,3) pointtype 9 pointsize 0.7
set style line 26 linecolor rgb '#8A5200'      linewidth 1.6 dashtype (2,2) pointtype 10 pointsize 0.75
set style line 27 linecolor rgb '#3A2A70'      linewidth 1.2 dashtype (6,3,1,3) pointtype 12 pointsize 0.75

# The table names the links that are late by those that send and those that hear.
conditionsOfMap = 'n4-one-to-one n7-two-to-two n4-two-to-one n7-three-to-two n4-one-to-two n7-two-to-three'
array HeardLate[6] = ['n = 4: one hears one late', 'n = 7: two hear two late', 'n = 4: one hears two late', 'n = 7: two hear three late', 'n = 4: two hear one late', 'n = 7: three hear two late']
inMap(t) = strstrt(' ' . conditionsOfMap . ' ', ' ' . strcol('variant') . ' ') > 0 && column('pbft_view_timeout_s') == t && column('pbft_retransmission_s') == 5
lateness(k, t) = strcol('protocol') eq Rule[k] && strcol('variant') eq condition && inMap(t) ? column('network_events_0_slow_by_s') : NaN

if (wantsIfThere('marking-map', 'marking-map')) {
  eval plain
  file = results . '/marking-map-summary.csv'
  eval countSeeds(file, "inMap(5) || inMap(10) ? column('seeds') : NaN")
  do for [format in formats] {
    eval canvas(format, 'column', 353)
    set output target('marking-map', format)
    eval fresh
    set multiplot
    eval heading("Literal and certified marking: blocks in 300 s\nwith one silent primary, over the lateness of links")
    set logscale x 2
    set xrange [1.7:23]
    set xtics (2, 6, 10.5, 20)
    set yrange [0:2900]
    set ytics 1000
    do for [part = 1:6] {
      condition = word(conditionsOfMap, part)
      row = (part + 1) / 2
      eval halves(part, 331.0 - 81 * row, 395.0 - 81 * row)
      set title HeardLate[part]
      eval numbersOf(part)
      set format x (part > 4 ? '%g' : '')
      set xlabel (part > 4 ? 'late by (s, logarithmic)' : '')
      eval alongY(part % 2 == 1 ? 'blocks' : '')
      if (part == 6) {
        eval keyBelow(40.0, 3, 4)
        eval caption("reminders every 5 s; links are late from 20 to 80 s only;\n" . measured(seedsIn(SEEDS_min, SEEDS_max), ', bars: 95 % interval'))
      }
      plot \
        for [k = 1:3] file using (lateness(k, 10)):(column('blocks_mean') - halfOf('blocks_ci95')):(0):(2 * halfOf('blocks_ci95')) with vectors heads size graph 0.012, 90 linestyle 20 + k dashtype 1 linewidth 1.2, \
        for [k = 2:3] file using (lateness(k, 5)):(column('blocks_mean') - halfOf('blocks_ci95')):(0):(2 * halfOf('blocks_ci95')) with vectors heads size graph 0.012, 90 linestyle 24 + k dashtype 1 linewidth 1.2, \
        for [k = 1:3] file using (lateness(k, 10)):'blocks_mean' with linespoints linestyle 20 + k title Rule[k] . ', time-out 10 s', \
        for [k = 2:3] file using (lateness(k, 5)):'blocks_mean' with linespoints linestyle 24 + k title Rule[k] . ', time-out 5 s'
      eval headed
    }
    unset multiplot
    unset output
  }
}

# ---- The price of isolation -------------------------------------------------------------------

# Runs on time stand left of those that are late; they are in the table once for each end of lateness.
never = -9
lateFor(k) = strcol('protocol') eq Rule[k] && strcol('variant') eq variant && column('network_events_0_slow_by_s') == 12 ? column('network_events_0_until_s') - 20 : NaN
onTime(k) = strcol('protocol') eq Rule[k] && strcol('variant') eq variant && column('network_events_0_slow_by_s') == 0 && column('network_events_0_until_s') == firstEnd ? never : NaN
isolated(scale, name) = "" \
  . "for [k in rules] file using (lateFor(k+0)):(" . scale . " * (column('" . name . "_mean') - halfOf('" . name . "_ci95'))):(0):(2 * " . scale . " * halfOf('" . name . "_ci95')) with vectors heads size graph 0.012, 90 linestyle 20 + k dashtype 1 linewidth 1.2, " \
  . "for [k in rules] file using (onTime(k+0)):(" . scale . " * column('" . name . "_mean')) with points linestyle 20 + k linewidth 1.4, " \
  . "for [k in rules] file using (lateFor(k+0)):(" . scale . " * column('" . name . "_mean')) with linespoints linestyle 20 + k title Rule[k+0]"

if (wantsIfThere('isolation', 'isolation')) {
  eval plain
  file = results . '/isolation-summary.csv'
  eval countSeeds(file, "column('seeds')")
  stats file using 'network_events_0_until_s' nooutput
  firstEnd = STATS_min
  do for [format in formats] {
    eval canvas(format, 'column', 275)
    set output target('isolation', format)
    eval fresh
    set multiplot
    eval heading("The price of isolation:\nf + 1 replicas hear one honest primary 12 s late")
    set xrange [-16:65]
    set xtics ('never' never, '5' 5, '15' 15, '25' 25, '60' 60)
    do for [part = 1:4] {
      size_ = part % 2 == 1 ? 'n4' : 'n7'
      isPrice = part <= 2
      eval halves(part, isPrice ? 164.0 : 64.0, isPrice ? 236.0 : 136.0)
      set title (isPrice ? '' : 'another silent at 100 s, ') . (size_ eq 'n4' ? 'n = 4' : 'n = 7')
      set xlabel (isPrice ? '' : 'late for (s)')
      eval alongY(part % 2 == 0 ? '' : isPrice ? 'excluded (%)' : 'blocks in 300 s')
      set yrange [0:(isPrice ? 30 : 3000)]
      step_ = isPrice ? 10 : 1000
      set ytics step_
      eval numbersOf(part)
      variant = size_ . (isPrice ? '' : '-silent-later')
      if (part == 4) {
        eval keyBelow(29.0, 1, 2)
        eval caption("excluded: share of honest node-time;\n" . measured(seedsIn(SEEDS_min, SEEDS_max), ', bars: 95 % interval'))
      }
      rules = isPrice ? '2 3 4' : '1 2 3 4'
      eval 'plot ' . (isPrice ? isolated('100', 'excluded') : isolated('1', 'blocks'))
      eval headed
    }
    unset multiplot
    unset output
  }
}

# ---- The costs of cryptography ----------------------------------------------------------------

# Encrypt and KeyGen nearly coincide: a thin dark line over a thick one.
steps = 'encrypt key-generation encrypt-cached decrypt match token'
array Step[6] = ['Encrypt', 'KeyGen', 'Encrypt, tables kept', 'Decrypt', 'Match, one file', 'Token']
set style line 31 linecolor rgb '#D98E00' linewidth 2.8 dashtype 1           pointtype 4  pointsize 1.05
set style line 32 linecolor rgb '#202020' linewidth 1.4 dashtype (2,3)       pointtype 7  pointsize 0.40
set style line 33 linecolor rgb '#8A5200' linewidth 1.6 dashtype (7,4)       pointtype 5  pointsize 0.55
set style line 34 linecolor rgb '#0060A0' linewidth 1.8 dashtype 1           pointtype 6  pointsize 0.70
set style line 35 linecolor rgb '#007A5A' linewidth 1.6 dashtype (6,3,1,3)   pointtype 9  pointsize 0.70
set style line 36 linecolor rgb '#C0609A' linewidth 2.2 dashtype 1           pointtype 10 pointsize 0.75
set style line 37 linecolor rgb '#8A5200' linewidth 1.6 dashtype (6,4)       pointtype 1  pointsize 0.60
set style line 38 linecolor rgb '#0060A0' linewidth 1.6 dashtype (6,4)       pointtype 12 pointsize 0.65
inProfile(k) = strcol('profile') eq profile && strcol('step') eq word(steps, k)
inPBC(k) = strcol('profile') eq 'pbc-ss512' && strcol('step') eq word(steps, k)
milliseconds(x) = column('cost_us') / 1000
stepsOfPBC = "for [k in '1 4'] file using (inPBC(k+0) ? column('attributes') : NaN):(milliseconds(0)) " \
  . "with linespoints linestyle (k == 1 ? 37 : 38) pointinterval 10"
stepsOfProfile = "for [k = 1:6] file using (inProfile(k) ? column('attributes') : NaN):(milliseconds(0)) " \
  . "with linespoints linestyle 30 + k pointinterval 10 title Step[k], " \
  . "for [k in '1 4'] keyentry with linespoints linestyle (k == 1 ? 37 : 38) title Step[k+0] . ' at PBC''s prices'"

if (wants('crypto-costs')) {
  eval plain
  file = results . '/crypto-costs.csv'
  do for [format in formats] {
    eval canvas(format, 'column', 255)
    set output target('crypto-costs', format)
    eval fresh
    set multiplot
    eval heading("What the steps of record sharing cost,\nby counts and measured prices")
    set xlabel 'attributes or keywords'
    set xrange [0:51]
    set xtics 10
    set logscale y
    set yrange [0.1:2000]
    do for [side = 1:2] {
      profile = side == 1 ? 'reference-ss512' : 'reference-ss1536'
      eval halves(side, 84.0, 216.0)
      eval numbersOf(side)
      set title (side == 1 ? "(a) ss512, about 80 bits" : '(b) ss1536, 128 bits')
      eval alongY(side == 1 ? 'CPU time (ms, logarithmic)' : '')
      if (side == 2) {
        eval keyBelow(37.0, 4, 4)
        eval caption('one value each, no seeds')
      }
      eval 'plot ' . (side == 1 ? stepsOfPBC . ', ' : '') . stepsOfProfile
      eval headed
    }
    unset multiplot
    unset output
  }
}

# ---- Where the time of sharing records goes ---------------------------------------------------

recordSteps = 'setup keys encryption storage access decryption'
# Boxes are drawn one over the other, the tallest first: each is the sum of those still to come.
array Part[4] = ['waiting', 'network', 'consensus', 'cryptography']
stacked(k) = column('crypto_ms_mean') \
  + (k <= 3 ? column('consensus_ms_mean') : 0) \
  + (k <= 2 ? column('network_ms_mean') : 0) \
  + (k <= 1 ? column('queueing_ms_mean') : 0)
isStep(i, s) = isOf(i) && strcol('kind') eq 'step' && strcol('name') eq word(recordSteps, s)
place6(i) = isStep(i, 1) ? 1 : isStep(i, 2) ? 2 : isStep(i, 3) ? 3 : isStep(i, 4) ? 4 : isStep(i, 5) ? 5 : isStep(i, 6) ? 6 : NaN

if (wantsIfThere('records-steps', 'records-steps')) {
  eval plain
  file = results . '/records-steps-summary.csv'
  eval choose
  eval countSeeds(file, "column('seeds')")
  do for [format in formats] {
    eval canvas(format, 'column', 286)
    set output target('records-steps', format)
    eval fresh
    set multiplot
    eval heading('Sharing records: where the time of each step goes')
    set xrange [0.4:6.6]
    set xtics ('setup' 1, 'keys' 2, 'encrypt' 3, 'store' 4, 'access' 5, 'decrypt' 6) rotate by 45 right offset 0.6, 0 scale 0
    set yrange [0:*]
    do for [i = 1:4] {
      eval halvesApart(i, i <= 2 ? 186.0 : 76.0, i <= 2 ? 259.0 : 149.0)
      set title word(protocols, i)
      eval alongY(i % 2 == 1 ? 'mean time (ms)' : '')
      if (i == 4) {
        eval keyBelow(33.0, 2, 2)
        eval caption("80 bits; scales differ; PoW: a block every 3.1 s;\n" . measured(seedsIn(SEEDS_min, SEEDS_max), ', whiskers: 95 % interval of the whole'))
      }
      set offsets 0, 0, graph 0.32, 0
      plot \
        for [k = 1:4] file using (place6(i)):(stacked(k)):(0.7) with boxes fillcolor rgb Fill[k] title Part[k], \
        file using (place6(i)):(stacked(1) - halfOf('ms_ci95')):(0):(2 * halfOf('ms_ci95')) with vectors heads size graph 0.012, 90 linestyle 10, \
        file using (place6(i)):(stacked(1) + halfOf('ms_ci95')):(sprintf(stacked(1) < 9.95 ? '%.1f' : '%.0f', stacked(1))) with labels left rotate by 90 offset 0, 0.4 font small
      eval headed
    }
    unset multiplot
    unset output
  }
}

# ---- What attributes, keywords and files cost -------------------------------------------------

# The rows of a sweep that a panel shows: an activity of the whole mix, or one of it.
isSwept(i, v) = strcol('kind') eq 'activity' && strcol('name') eq activity && strcol('protocol') eq word(protocols, i) && strcol('variant') eq v
spreadOf(x) = halfOf(spread) / unit
# A log axis has no place for what is not positive.
lowest(x) = column(value) / unit > spreadOf(0) ? column(value) / unit - spreadOf(0) : column(value) / unit / 1000
sweptLines(v, titles) = "" \
  . "for [i in charted] file using (isSwept(i+0, " . v . ") ? column(swept) : NaN):(lowest(0)):(0):(column(value) / unit + spreadOf(0) - lowest(0)) with vectors heads size graph 0.012, 90 linestyle i+0 dashtype 1 linewidth 1.2, " \
  . "for [i in charted] file using (isSwept(i+0, " . v . ") ? column(swept) : NaN):(column(value) / unit) with linespoints linestyle i+0 title " . titles

if (wantsIfThere('records-sweeps', 'records-attributes') && (figure ne 'all' || isThere('records-keywords') && isThere('records-search'))) {
  eval plain
  fewest = 1e9; most = 0
  do for [sweep in 'attributes keywords search'] {
    eval countSeeds(results . '/records-' . sweep . '-summary.csv', "column('seeds')")
    fewest = fewest < SEEDS_min ? fewest : SEEDS_min
    most = most > SEEDS_max ? most : SEEDS_max
  }
  do for [format in formats] {
    eval canvas(format, 'column', 426)
    set output target('records-sweeps', format)
    eval fresh
    set multiplot
    eval heading('Sharing records: what attributes, keywords and files cost')
    # Attributes on the left and keywords on the right, a row for each level and fault.
    value = 'per_second_mean'
    spread = 'per_second_ci95'
    unit = 1.0
    activity = 'all'
    charted = '1 2 3 4'
    do for [part = 1:8] {
      row = (part + 1) / 2
      bits = row <= 2 ? '80 bits' : '128 bits'
      variant = (row % 2 == 1 ? 'none ' : 'byzantine ') . bits
      file = results . '/records-' . (part % 2 == 1 ? 'attributes' : 'keywords') . '-summary.csv'
      swept = part % 2 == 1 ? 'records_policy_rows' : 'records_slots'
      eval halves(part, 414.0 - 63 * row, 462.0 - 63 * row)
      set title bits . (row % 2 == 1 ? ', no fault' : ', one Byzantine')
      set xlabel (row < 4 ? '' : part % 2 == 1 ? 'attributes of a policy' : 'keywords of a file')
      eval alongY(part % 2 == 1 ? 'ops. per s' : '')
      set xrange [0:(part % 2 == 1 ? 52 : 21)]
      step_ = part % 2 == 1 ? 10 : 5
      set xtics step_
      set format x (row == 4 ? '%g' : '')
      eval numbersOf(part)
      set yrange [0:(row <= 2 ? 40 : 10)]
      step_ = row <= 2 ? 10 : 5
      set ytics step_
      eval 'plot ' . sweptLines('variant', "''")
      eval headed
    }
    # The search stands below on the left, the key and the words on the right.
    file = results . '/records-search-summary.csv'
    charted = '1 2 3'
    swept = 'records_preloaded'
    activity = 'search'
    value = 'ms_mean'
    spread = 'ms_ci95'
    unit = 1000.0
    eval frame(35.0, 160.0, 46.0, 121.0)
    set format '%g'
    set title 'one search at a time, 80 bits'
    set xlabel 'files on the chain (logarithmic)'
    eval alongY('seconds')
    set logscale xy
    set xrange [70:1.4e6]
    set yrange [0.01:1000]
    set xtics ('10²' 100, '10³' 1000, '10⁴' 10000, '10⁵' 100000, '10⁶' 1000000)
    set ytics ('0.01' 0.01, '0.1' 0.1, '1' 1, '10' 10, '100' 100, '1000' 1000)
    set key on at screen 0.67, 95.0 / canvasHeight left center vertical maxrows auto width 0 samplen 2.4 spacing (isSVG ? 0.92 : 1.1) Left reverse
    set label 1 'all files' at 4500, 30 right font small
    set label 2 'one patient' at 15000, 0.17 center font small
    eval caption("one Byzantine: a silent replica, of Raft a leader that crashes;\nPoW: a block every 0.4 s; " . measured(seedsIn(fewest, most), ', bars: 95 % interval'))
    variant = 'all files'
    other = 'one patient'
    eval 'plot ' . sweptLines('other', "''") . ', ' . sweptLines('variant', 'word(protocols, i+0)') . ', keyentry with linespoints linestyle pow title "PoW"'
    charted = '1 2 3 4'
    unset multiplot
    unset output
  }
}

# ---- Streamlet beside PBFT --------------------------------------------------------------------

if (wantsIfThere('streamlet', 'streamlet-messages')) {
  eval plain
  file = results . '/streamlet-messages-summary.csv'
  eval countSeeds(file, "column('seeds')")
  rivals = 'PBFT Streamlet'
  isRival(k) = strcol('protocol') eq word(rivals, k)
  rival(k) = isRival(k) ? column('replicas') : NaN
  lineOf(k) = k == 1 ? pbft : 101
  do for [format in formats] {
    eval canvas(format, 'column', 169)
    set output target('streamlet', format)
    eval fresh
    set multiplot
    eval heading("Streamlet beside PBFT without faults\n(d = 4 ms, Delta = 10 ms)")
    set xrange [3:11]
    set xtics (4, 7, 10)
    set xlabel 'replicas'
    do for [part = 1:2] {
      eval halvesApart(part, 53.0, 131.0)
      isLatency = part == 2
      set title (isLatency ? 'mean latency of clients (ms)' : 'replicas'' messages a block')
      value = isLatency ? 'latency_mean_ms' : 'replica_messages_per_block'
      if (isLatency) {
        unset logscale
        set yrange [0:*]
        set offsets 0, 0, graph 0.1, 0
        eval keyBelow(19.0, 1, 1)
        eval caption(measured(seedsIn(SEEDS_min, SEEDS_max), '; bars: 95 % interval'))
      } else {
        set logscale y
        set yrange [10:10000]
      }
      plot \
        for [k = 1:2] file using (rival(k)):(column(value . '_mean') - halfOf(value . '_ci95')):(0):(2 * halfOf(value . '_ci95')) with vectors heads size graph 0.012, 90 linestyle lineOf(k) dashtype 1 linewidth 1.2, \
        for [k = 1:2] file using (rival(k)):(column(value . '_mean')) with linespoints linestyle lineOf(k) title word(rivals, k)
      eval headed
    }
    unset multiplot
    unset output
  }
}

# ---- A chart of any table ---------------------------------------------------------------------

# `consim plot` writes what is drawn in front of this file: the points as $chart, the words, the
# names of panels, lines and places, and how many lines of text each part has.

isPoint(p, s) = column('panel') == p && column('series') == s
# Lines that share a place stand beside each other there.
aside(s) = shape eq 'places' ? (s - (seriess_ + 1) / 2.0) * 0.5 / seriess_ : 0
place(p, s) = isPoint(p, s) ? column('x') + aside(s) : NaN
# Protocols look as in the charts above; what stands beside them has the styles that these leave.
known(name) = name eq 'Raft' ? raft : name eq 'PBFT' ? pbft : name eq 'sc-PBFT' ? scpbft : name eq 'PoW' ? pow : 0
other(s) = hasProtocols ? 5 + (s - 1) % 4 : s
styleOf(s) = known(Series[s+0]) > 0 ? known(Series[s+0]) : 100 + other(s+0)
toneOf(s) = known(Series[s+0]) > 0 ? Colour[known(Series[s+0])] : Tone[other(s+0)]
# Drawn[p] has the lines of a panel, Bounded[p] those of them whose points have bounds.
bars = "for [s in Bounded[p]] $chart using (place(p, s+0)):'y':'low':'high' with yerrorbars linestyle styleOf(s) dashtype 1 linewidth 1 pointtype -1, "
bands = "for [s in Bounded[p]] $chart using (place(p, s+0)):'low':'high' with filledcurves linecolor rgb toneOf(s) fillstyle transparent solid 0.25 noborder, "

if (figure eq 'chart') {
  hasProtocols = 0
  do for [s = 1:seriess_] { if (known(Series[s]) > 0) { hasProtocols = 1 } }
  joined = shape eq 'points' ? 'linespoints' : shape eq 'places' ? 'points' : shape eq 'steps' ? 'steps' : 'lines'
  lines_ = "for [s in Drawn[p]] $chart using (place(p, s+0)):'y' with " . joined . ' linestyle styleOf(s)'
  # Lines without points of their own have some, by which a grey print tells them apart.
  isBare = shape eq 'steps' || shape eq 'band'
  marks_ = isBare ? ", for [s in Drawn[p]] $chart every markEvery_::(s * markEvery_ / 9) using (place(p, s+0)):'y' with points linestyle styleOf(s)" : ''
  keys_ = ', for [s = 1:seriess_] keyentry with ' . (isBare ? 'linespoints' : joined) . ' linestyle styleOf(s) title Series[s]'
  isXLog = strstrt(logscale_, 'x') > 0
  isYLog = strstrt(logscale_, 'y') > 0
  eval plain
  stats $chart using 'x' nooutput
  left_ = STATS_min; right_ = STATS_max
  stats $chart using 'y' nooutput
  least_ = STATS_min; most_ = STATS_max
  bounded_ = 0
  do for [p = 1:panels_] { if (Bounded[p] ne '') { bounded_ = 1 } }
  if (bounded_) { do for [bound in 'low high'] {
    stats $chart using (column(bound)) nooutput
    if (!(isYLog && STATS_min <= 0)) { least_ = STATS_min < least_ ? STATS_min : least_ }
    most_ = STATS_max > most_ ? STATS_max : most_
  } }
  # One panel a row of a column where there is one; heights are points.
  across = panels_ == 1 ? 1 : size_ eq 'page' && panels_ > 2 ? 3 : 2
  down = (panels_ + across - 1) / across
  over = 4 + 10 * titlelines_
  under = 2 + 8.5 * captionlines_ + 9 * keyrows_
  # Names of places that stand aslant need room below the axis.
  longest = 0
  do for [c = 1:categorys_] { longest = strlen(Category[c]) > longest ? strlen(Category[c]) : longest }
  isUpright = isTilted && longest > 8
  words = isUpright ? 24 + 3.7 * longest : isTilted ? 38 : 25
  tall = panels_ == 1 ? (size_ eq 'page' ? 190 : 125) : 90
  step_ = tall + (panels_ > 1 ? 22 : 4)
  height_ = over + under + words + down * step_
  do for [format in formats] {
    eval canvas(format, size_, height_)
    set output sprintf('%s/%s.%s', output, name, format)
    eval fresh
    set multiplot
    if (isXLog) { set logscale x }
    if (isYLog) { set logscale y }
    if (shape eq 'places') {
      set xrange [0.5:categorys_ + 0.5]
      set xtics () scale 0
      do for [c = 1:categorys_] { set xtics add (Category[c] c) }
      if (isUpright) { set xtics rotate by 90 right } else { if (isTilted) { set xtics rotate by 25 right offset 0.5, 0.2 } }
    } else {
      span = isXLog ? right_ / left_ : right_ - left_
      spare = isXLog ? (span > 1 ? span ** 0.04 : 2) : (span > 0 ? 0.04 * span : 1)
      if (isXLog) { set xrange [left_ / spare:right_ * spare] } else { set xrange [left_ - spare:right_ + spare] }
    }
    if (isYLog) { set yrange [least_ / 1.3:most_ * 1.3] } else { set yrange [(least_ < 0 ? 1.06 * least_ : 0):(most_ > 0 ? 1.06 * most_ : least_ < 0 ? 0 : 1)] }
    set label 98 title_ at screen 0.5, 1 - 7.0 / canvasHeight center
    eval caption(caption_)
    gap = most_ >= 10000 ? 40.0 : 33.0
    wide = (canvasWidth - gap - 3) / across
    do for [p = 1:panels_] {
      row_ = (p - 1) / across
      column_ = (p - 1) % across
      top_ = canvasHeight - over - row_ * step_ - (panels_ > 1 ? 12 : 2)
      eval frame(gap + column_ * wide + 2, gap + (column_ + 1) * wide - 8, top_ - tall, top_)
      isLowest = p > panels_ - across
      set title (panels_ > 1 ? Panel[p] : '')
      words_ = isLowest && !isTilted ? xlabel_ : ''
      set xlabel words_
      set format y (column_ == 0 ? '%g' : '')
      eval alongY(column_ == 0 ? ylabel_ : '')
      if (p == panels_ && keyrows_ > 0) { eval keyBelow(2 + 8.5 * captionlines_ + 4.5 * keyrows_, keyrows_, 0) } else { unset key }
      eval 'plot ' . (Bounded[p] eq '' ? '' : shape eq 'band' ? bands : bars) . lines_ . marks_ . (p == panels_ && keyrows_ > 0 ? keys_ : '')
      eval headed
      unset label 99
    }
    unset multiplot
    unset output
  }
}
