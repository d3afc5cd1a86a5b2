# Draws Figures 6 to 9, the rules of marking, the price of isolation, the costs of cryptography,
# the sharing of records, and Streamlet from the tables in the results directory; computes nothing
# but styling.
#
#   gnuplot plot.gp                                          all figures, from Results into Results
#   gnuplot -e "figure='8'" plot.gp                          one figure
#   gnuplot -e "results='R'; output='/tmp/x'" plot.gp        other directories
#
# A figure that fails half-way leaves a broken file behind, and gnuplot does not always say so in
# its exit status. Scripts/plot.sh draws aside, checks, and renames; use it for what is kept.
#
# Where a summary holds several variants of a protocol, the first one in the file is drawn: it is
# the scenario's main condition, the others are sensitivities.

if (!exists('results')) results = 'Results'
if (!exists('output')) output = results
# Where the tables of the large groups of Figure 6 lie.
if (!exists('large')) large = results
if (!exists('figure')) figure = 'all'
if (!exists('formats')) formats = 'svg png'
if (strstrt(' all 6 7 8 9 marking-map isolation crypto-costs records-steps records-sweeps streamlet ', ' ' . figure . ' ') == 0) {
  exit message sprintf("plot.gp: there is no figure '%s'; there are 6, 7, 8, 9, marking-map, isolation, crypto-costs, records-steps, records-sweeps, streamlet and all\n", figure) status 64
}

set datafile separator comma
set datafile columnheaders
set datafile missing NaN
set encoding utf8

# ---- Style ------------------------------------------------------------------------------------

protocols = 'Raft PBFT sc-PBFT PoW'
raft = 1; pbft = 2; scpbft = 3; pow = 4

# Okabe and Ito's colours, far apart in lightness too; in grey print line and point type tell.
# PBFT and sc-PBFT often coincide: a dot inside an open square, a dashed line over a pale one.
array Colour[4] = ['#007A5A', '#E69F00', '#0060A0', '#303030']
set style line raft   linecolor rgb Colour[raft]   linewidth 1.6 dashtype 1       pointtype 9 pointsize 0.8
set style line pbft   linecolor rgb Colour[pbft]   linewidth 2.8 dashtype 1       pointtype 4 pointsize 1.1
set style line scpbft linecolor rgb Colour[scpbft] linewidth 1.6 dashtype (9,4)   pointtype 7 pointsize 0.5
set style line pow    linecolor rgb Colour[pow]    linewidth 1.3 dashtype (2,3)   pointtype 2 pointsize 0.6
set style line 5      linecolor rgb Colour[raft]   linewidth 1.2 dashtype (4,4)
set style line 10 + pbft   linecolor rgb Colour[pbft]   linewidth 1.6 dashtype (6,4)
set style line 10 + scpbft linecolor rgb Colour[scpbft] linewidth 1.4 dashtype (6,4)
set style line 14     linecolor rgb '#5AA5DC'      linewidth 1.6 dashtype (4,3,1,3) pointtype 6 pointsize 0.9
set style line 8      linecolor rgb '#000000'      linewidth 1.0 dashtype (5,3)
set style line 10     linecolor rgb '#000000'      linewidth 1.0
set style line 11     linecolor rgb '#D8D8D8'      linewidth 0.6

# Every text is data: an underscore is an underscore. The two formats differ only in scale.
svg(w, h) = sprintf("set terminal svg noenhanced size %d,%d font 'sans-serif,13' background 'white'", w, h)
png(w, h) = sprintf("set terminal pngcairo noenhanced size %d,%d font 'DejaVu Sans' fontscale 1.95 linewidth 2 pointscale 2 background 'white'", 2*w, 2*h)
canvas(format, w, h) = format eq 'svg' ? svg(w, h) : png(w, h)
# Figures of the paper have numbers, others have names.
target(name, format) = sprintf('%s/%s%s.%s', output, strstrt('6789', name) > 0 ? 'figure' : '', name, format)
wants(number) = figure eq 'all' || figure eq number
# What not every results directory holds is drawn when it is there, or when it is asked for.
isThere(name) = int(system(sprintf("test -f '%s/%s-summary.csv' && echo 1 || echo 0", results, name)))
wantsIfThere(name, table) = figure eq name || figure eq 'all' && isThere(table)

set border 3 linecolor rgb '#404040'
set tics nomirror out scale 0.6
set grid ytics linestyle 11
set key noautotitle
set style fill solid 1.0 noborder

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
  . "(column('tps_mean') - column('tps_ci95')):(column('tps_mean') + column('tps_ci95')) with filledcurves linecolor rgb Colour[i] fillstyle transparent solid 0.2 noborder, " \
  . "for [i in '1 2 3 4'] file using (isOf(i+0) ? column('test') : NaN):'tps_mean' with linespoints linestyle i+0 title word(protocols, i+0)"

testAxis = "set xrange [0.5:STATS_max + 0.5]; set xtics 2; set xlabel 'test (one master each)'"
legendBelow = "set key on outside bottom center horizontal samplen 4 spacing 1.3 width 2"

if (wants('7')) {
  file = results . '/figure7-summary.csv'
  eval choose
  stats file using 'test' nooutput
  do for [format in formats] {
    eval canvas(format, 800, 480)
    set output target('7', format)
    eval testAxis
    eval legendBelow
    set title 'Figure 7: throughput without a Byzantine node'
    set ylabel 'throughput (transactions per second)'
    set yrange [0:*]
    set offsets 0, 0, 2, 0
    eval throughput
    unset output
  }
}

if (wants('8')) {
  file = results . '/figure8-summary.csv'
  eval choose
  stats file using (isOf(raft) ? column('bogus_per_s_mean') : NaN) nooutput
  bogus = STATS_max
  stats file using 'test' nooutput
  do for [format in formats] {
    eval canvas(format, 800, 600)
    set output target('8', format)
    set multiplot
    set lmargin at screen 0.10
    set rmargin at screen 0.975
    set offsets 0, 0, 2, 0
    set yrange [0:*]
    eval testAxis

    # What Raft's Byzantine leader acknowledges has a scale of its own.
    set tmargin at screen 0.93
    set bmargin at screen 0.79
    set title 'Figure 8: throughput with one Byzantine node, the master of every fourth test'
    unset xlabel
    set format x ''
    set ylabel '1/s'
    unset key
    set label 1 'bogus results that Raft acknowledges per second' at graph 0.01, 0.86
    # An axis of zeros alone has no length.
    set yrange [0:(bogus > 0 ? 1.7 * bogus : 1)]
    set ytics (0, sprintf('%.0f', bogus) bogus)
    plot file using (isOf(raft) ? column('test') : NaN):'bogus_per_s_mean' with lines linestyle 5

    set tmargin at screen 0.73
    set bmargin at screen 0.17
    unset title
    unset label
    set yrange [0:*]
    eval testAxis
    set format x '%g'
    set ylabel 'throughput (correct transactions per second)'
    set ytics 5
    eval legendBelow
    eval throughput
    unset multiplot
    unset output
    set lmargin; set rmargin; set tmargin; set bmargin
    set ytics autofreq
  }
}

# ---- Figure 9: latency ------------------------------------------------------------------------

# What the paper's text says of its Figure 9: place of the group, seconds, words.
$paper9 << END
place,seconds,words
1,0.4,"0.4 s"
2,0.8,"≤ 0.8 s"
3,0.8,"≤ 0.8 s"
4,25,"25 s"
END

place(name) = name eq 'Raft' ? 1 : name eq 'PBFT' ? 2 : name eq 'sc-PBFT' ? 3 : name eq 'PoW' ? 4 : NaN
conditions = 'none/successful byzantine/successful byzantine/failures-at-timeout'
array Condition[3] = ['no Byzantine node', 'Byzantine node, successes only', 'Byzantine node, failures as 10 s']
array Fill[3] = ['#A8D0EC', '#0060A0', '#E69F00']
width9 = 0.21
x9(k) = strcol('variant') . '/' . strcol('accounting') eq word(conditions, k) ? place(strcol('protocol')) + (k - 2) * width9 : NaN
mean9(x) = column('latency_mean_ms') / 1000
half9(x) = column('latency_ci95_ms') / 1000
# A log axis has no place for what is not positive.
low9(x) = mean9(x) > half9(x) ? mean9(x) - half9(x) : mean9(x) / 10

if (wants('9')) {
  file = results . '/figure9-summary.csv'
  do for [format in formats] {
    eval canvas(format, 900, 520)
    set output target('9', format)
    eval legendBelow
    set key Left reverse samplen 2 width 0
    set title 'Figure 9: latency without and with a Byzantine node'
    set offsets 0, 0, 0, 0
    unset xlabel
    set ylabel 'latency (s, logarithmic)'
    set xrange [0.3:4.5]
    set xtics ('Raft' 1, 'PBFT' 2, 'sc-PBFT' 3, 'PoW' 4) scale 0
    set logscale y
    set yrange [0.1:100]
    set format y '%g'
    plot \
      for [k = 1:3] file using (x9(k)):(mean9(0)):(width9 * 0.94) with boxes linecolor rgb Fill[k] fillstyle solid 1.0 noborder title Condition[k], \
      for [k = 1:3] file using (x9(k)):(low9(0)):(0):(mean9(0) + half9(0) - low9(0)) with vectors heads size graph 0.005, 90 linestyle 10, \
      for [k = 1:3] file using (x9(k)):(mean9(0) + half9(0)):(sprintf(mean9(0) < 10 ? '%.2f' : '%.1f', mean9(0))) with labels offset 0, 0.9 font ',11', \
      $paper9 using ($1 - 0.33):2:(0.66):(0) with vectors nohead linestyle 8, \
      $paper9 using ($1 - 0.34):2:('paper') with labels right offset 0, 0.5 font ',10', \
      $paper9 using ($1 - 0.34):2:(strcol(3)) with labels right offset 0, -0.5 font ',10'
    unset output
    unset logscale
    set format y '%g'
    set xtics scale 0.6 autofreq
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
hasSurvived(x) = column('survived_runs') == column('runs')
red = '#C00020'
exceeded = '#F8D5D7'

# Shades the time in which the Byzantine members outnumber f, paler while they do in some runs only, and
# marks the mean of the times at which that begins, if it does in most runs.
markLoss = "" \
  . "stats survival using (isMain(i) ? column('survival_dt_mean') : NaN) nooutput; lost = STATS_mean; " \
  . "stats survival using (isMain(i) ? column('survival_dt_min') : NaN) nooutput; earliest = STATS_mean; " \
  . "stats survival using (isMain(i) ? column('survival_dt_max') : NaN) nooutput; latest = STATS_mean; " \
  . "stats survival using (isMain(i) ? column('survived_runs') - column('runs') / 2.0 : NaN) nooutput; " \
  . "isLost = STATS_mean < 0; " \
  . "stats file using (isMain(i) && column('step') == floor(lost) ? column('tolerated_mean') : NaN) nooutput; " \
  . "crossing = STATS_mean; " \
  . "spread = latest > earliest ? sprintf(' (%g to %g)', earliest, latest) : ''; " \
  . "if (isLost) { " \
  . "set object 1 rectangle from earliest, graph 0 to latest, graph 1 behind fillcolor rgb '#FDF1F1' fillstyle solid noborder; " \
  . "set object 2 rectangle from latest, graph 0 to graph 1, graph 1 behind fillcolor rgb exceeded fillstyle solid noborder; " \
  . "set arrow 1 from lost, graph 0 to lost, graph 1 nohead linecolor rgb red linewidth 1.2; " \
  . "set label 2 '' at lost, crossing point pointtype 7 pointsize 1.1 linecolor rgb red front; " \
  . "words = sprintf('bound crossed at %.3g Δt%s', lost, spread); " \
  . "set label 1 (lost > 0.6 * end ? '' : words) at lost, graph 1.06 center front font ',11' textcolor rgb red; " \
  . "set label 3 (lost > 0.6 * end ? words : '') at graph 1, graph 1.06 right front font ',11' textcolor rgb red; }"
# The lines of one survival chart by slots, and what the messages say beside them.
survivals = "" \
  . "survival using (isMain(pbft) ? column('arrival_n') : NaN):'survival_dt_mean' with lines linestyle pbft title 'PBFT, slots', " \
  . "for [m in '1 4'] survival using (isEpoch(m+0) ? column('arrival_n') : NaN):'survival_dt_min':(0):(column('survival_dt_max') - column('survival_dt_min')) with vectors heads size graph 0.012, 90 linestyle 10, " \
  . "survival using (isEpoch(1) ? column('arrival_n') : NaN):'survival_dt_mean' with lines linestyle scpbft title 'sc-PBFT, m = n, slots', " \
  . "survival using (isEpoch(4) ? column('arrival_n') : NaN):'survival_dt_mean' with lines linestyle 14 title 'sc-PBFT, m = 4n, slots', " \
  . "for [m in '1 4'] survival using (isEpoch(m+0) ? column('arrival_n') : NaN):" \
  . "(column('survival_dt_mean')):(hasSurvived(0) ? '↑' : '') with labels offset 0, 0.8 font ',12', " \
  . "messages using (isMessages(pbft, 1) ? column('arrival_n') : NaN):'survival_dt_mean' with points pointtype 4 pointsize 1.2 linecolor rgb Colour[pbft] linewidth 1.6 title 'PBFT, messages', " \
  . "messages using (isMessages(scpbft, 1) ? column('arrival_n') : NaN):'survival_dt_mean' with points pointtype 7 pointsize 0.9 linecolor rgb Colour[scpbft] title 'sc-PBFT, m = n, messages', " \
  . "longEpochs using (isMessages(scpbft, 4) ? column('arrival_n') : NaN):'survival_dt_mean' with points pointtype 6 pointsize 1.1 linecolor rgb '#5AA5DC' linewidth 1.6 title 'sc-PBFT, m = 4n, messages'"
panel(row, column) = sprintf('set tmargin at screen %g; set bmargin at screen %g; set lmargin at screen %g; set rmargin at screen %g', \
  row == 1 ? 0.86 : 0.44, row == 1 ? 0.61 : 0.19, real(word('0.05 0.37 0.71', column)), real(word('0.33 0.65 0.985', column)))

if (wants('6')) {
  charted = '2 3'
  hasEpochs = 1
  longEpochs = large . '/figure6-large-survival.csv'
  do for [format in formats] {
    eval canvas(format, 1200, 800)
    set output target('6', format)
    set multiplot title "Figure 6: Byzantine members against the bound f(t), one more every Δt"
    set offsets 0, 0, 0, 0
    do for [row = 1:2] {
      replicas = row == 1 ? 10 : 31
      # Whole groups of 31 have tables of their own.
      messages = row == 1 ? results . '/figure6-survival.csv' : large . '/figure6-large-survival.csv'

      # (a), (b), (d), (e): members over time, by messages.
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
        eval markLoss
        eval panel(row, i - 1)
        set title sprintf('(%s) %s, n = %d, by messages', word('a b d e', 2 * row + i - 3), word(protocols, i), replicas) offset 0, 1.1
        set xlabel sprintf('time (Δt = n rounds%s)', row == 2 && i == pbft ? '; run ends at f + 2' : '') offset 0, 0.4
        if (i == pbft) { set ylabel 'members' offset 1 } else { unset ylabel }
        set xrange [0:end]
        set yrange [0:row == 1 ? 8 : 20]
        set xtics autofreq
        if (row == 2 && i == pbft) { set key on at screen 0.22, 0.06 center vertical maxrows 3 samplen 4 width 0 Left reverse } else { unset key }
        plot \
          file using (isMain(i) ? column('step') : NaN):'active_mean' with steps linecolor rgb Colour[scpbft] linewidth 2.2 title 'active Byzantine members', \
          file using (isMain(i) ? column('step') : NaN):'tolerated_mean' with steps linecolor rgb '#000000' linewidth 1.6 dashtype (6,4) title 'bound f(t)', \
          keyentry with boxes linecolor rgb exceeded fillstyle solid title 'bound exceeded'
        unset arrow
        unset label
        unset object
      }

      # (c), (f): survival over the time between arrivals, lines by slots, points by messages.
      model = 'slots'
      survival = results . '/figure6-survival.csv'
      file = results . '/figure6-summary.csv'
      inChart(x) = inPanel6(0)
      eval choose
      eval panel(row, 3)
      set title sprintf('(%s) n = %d, by slots and by messages', row == 1 ? 'c' : 'f', replicas) offset 0, 1.1
      set xlabel 'Δt (n rounds, logarithmic)' offset 0, 0.4
      set ylabel 'bound crossed after (Δt)' offset 1
      set logscale x 2
      set xrange [0.8:12.5]
      set xtics ('1' 1, '2' 2, '4' 4, '10' 10)
      set yrange [0:*]
      set offsets 0, 0, 2, 0
      if (row == 2) { set key on at screen 0.70, 0.06 center vertical maxrows 3 samplen 4 width -2 Left reverse } else { unset key }
      eval 'plot ' . survivals
      unset logscale
      set offsets 0, 0, 0, 0
    }
    unset multiplot
    unset output
    set lmargin; set rmargin; set tmargin; set bmargin
  }
}

# ---- Literal and certified marking -------------------------------------------------------------

# PBFT lies at the bottom; certified is thin over literal, since the two often coincide.
array Rule[4] = ['PBFT', 'literal', 'certified', 'expiring']
set style line 21 linecolor rgb '#303030' linewidth 1.2 dashtype (2,3) pointtype 2 pointsize 0.6
set style line 22 linecolor rgb Colour[pbft]   linewidth 2.8 dashtype 1     pointtype 4 pointsize 1.1
set style line 23 linecolor rgb Colour[scpbft] linewidth 1.6 dashtype (9,4) pointtype 7 pointsize 0.6
set style line 24 linecolor rgb Colour[raft]   linewidth 1.6 dashtype (4,3,1,3) pointtype 9 pointsize 0.8
# Six panels, three a row.
place3(part) = sprintf('set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen %g; set bmargin at screen %g', \
  0.075 + 0.315 * ((part - 1) % 3), 0.35 + 0.315 * ((part - 1) % 3), part <= 3 ? 0.875 : 0.475, part <= 3 ? 0.60 : 0.20)

conditionsOfMap = 'n4-one-to-one n4-two-to-one n4-one-to-two n7-two-to-two n7-three-to-two n7-two-to-three'
array HeardLate[6] = ['n = 4: one hears one late', 'n = 4: one hears two late', 'n = 4: two hear one late', 'n = 7: two hear two late', 'n = 7: two hear three late', 'n = 7: three hear two late']
lateness(k, t) = strcol('protocol') eq Rule[k] && strcol('variant') eq condition && column('pbft_view_timeout_s') == t && column('pbft_retransmission_s') == 5 ? column('network_events_0_slow_by_s') : NaN

if (wantsIfThere('marking-map', 'marking-map')) {
  file = results . '/marking-map-summary.csv'
  do for [format in formats] {
    eval canvas(format, 1100, 700)
    set output target('marking-map', format)
    set multiplot title 'Literal and certified marking: blocks in 300 s with one silent primary, over the lateness of links'
    set offsets 0, 0, 0, 0
    set logscale x 2
    set xrange [1.7:23]
    set xtics ('2' 2, '6' 6, '10.5' 10.5, '15' 15, '20' 20)
    set yrange [0:2400]
    set ytics 500
    do for [part = 1:6] {
      condition = word(conditionsOfMap, part)
      eval place3(part)
      set title HeardLate[part] offset 0, -0.5
      set xlabel (part > 3 ? 'late by (s, logarithmic)' : '')
      set ylabel (part % 3 == 1 ? 'blocks' : '') offset 1
      unset label
      if (part == 6) {
        set key on at screen 0.5, 0.09 center vertical maxrows 1 samplen 4 width 2
        set label 1 'time-out 10 s, reminders every 5 s; pale, dotted: time-out 5 s. Links are late from 20 to 80 s only' at screen 0.5, 0.035 center
      } else { unset key }
      plot \
        for [k = 2:3] file using (lateness(k, 5)):'blocks_mean' with linespoints linecolor rgb (k == 2 ? '#D8A840' : '#5AA5DC') linewidth 1.4 dashtype (1,3) pointtype (k == 2 ? 4 : 6) pointsize (k == 2 ? 0.9 : 0.6), \
        for [k = 1:3] file using (lateness(k, 10)):'blocks_mean' with linespoints linestyle 20 + k title Rule[k]
    }
    unset multiplot
    unset output
    unset logscale
    unset label
    set xtics autofreq
    set ytics autofreq
    set lmargin; set rmargin; set tmargin; set bmargin
  }
}

# ---- The price of isolation -------------------------------------------------------------------

lateFor(k, v) = strcol('protocol') eq Rule[k] && strcol('variant') eq v && column('network_events_0_slow_by_s') == 12 ? column('network_events_0_until_s') - 20 : NaN
onTime(k, v) = strcol('protocol') eq Rule[k] && strcol('variant') eq v && column('network_events_0_slow_by_s') == 0 ? column('network_events_0_until_s') - 20 : NaN

priceOfIsolation = "for [k = 2:4] file using (lateFor(k, variant)):(100 * column('excluded_mean')) with linespoints linestyle 20 + k"
blocksOfIsolation = "" \
  . "for [k = 1:4] file using (onTime(k, variant)):'blocks_mean' with lines linestyle 20 + k linewidth 1.2 dashtype (2,3), " \
  . "for [k = 1:4] file using (lateFor(k, variant)):'blocks_mean' with linespoints linestyle 20 + k title Rule[k]"

if (wantsIfThere('isolation', 'isolation')) {
  file = results . '/isolation-summary.csv'
  do for [format in formats] {
    eval canvas(format, 1000, 700)
    set output target('isolation', format)
    set multiplot title 'The price of isolation: f + 1 replicas hear one honest primary 12 s late'
    set offsets 0, 0, 0, 0
    set xrange [0:65]
    set xtics (5, 15, 25, 60)
    do for [part = 1:4] {
      size_ = part % 2 == 1 ? 'n4' : 'n7'
      isPrice = part <= 2
      set lmargin at screen (part % 2 == 1 ? 0.09 : 0.58)
      set rmargin at screen (part % 2 == 1 ? 0.49 : 0.98)
      set tmargin at screen (isPrice ? 0.87 : 0.47)
      set bmargin at screen (isPrice ? 0.60 : 0.20)
      set title (isPrice ? '' : 'and another turns silent at 100 s, ') . (size_ eq 'n4' ? 'n = 4' : 'n = 7') offset 0, -0.5
      set xlabel (isPrice ? '' : 'late for (s)')
      set ylabel (part % 2 == 0 ? '' : isPrice ? 'excluded (% of honest time)' : 'blocks in 300 s') offset 1
      set yrange [0:(isPrice ? 30 : 3000)]
      step_ = isPrice ? 10 : 1000
      set ytics step_
      unset label
      variant = size_ . (isPrice ? '' : '-silent-later')
      if (part == 4) {
        set key on at screen 0.5, 0.09 center vertical maxrows 1 samplen 4 width 2
        set label 1 'thin, without points: the same runs with that primary on time' at screen 0.5, 0.035 center
      } else { unset key }
      eval 'plot ' . (isPrice ? priceOfIsolation : blocksOfIsolation)
    }
    unset multiplot
    unset output
    unset label
    set xtics autofreq
    set ytics autofreq
    set lmargin; set rmargin; set tmargin; set bmargin
  }
}

# ---- The costs of cryptography ----------------------------------------------------------------

steps = 'encrypt key-generation encrypt-cached decrypt match token'
array Step[6] = ['Encrypt', 'KeyGen', 'Encrypt, tables kept', 'Decrypt', 'Match, one file', 'Token']
array StepColour[6] = ['#E69F00', '#303030', '#E69F00', '#0060A0', '#007A5A', '#CC79A7']
array StepType[6] = [4, 6, 5, 7, 9, 11]
inProfile(k) = strcol('profile') eq profile && strcol('step') eq word(steps, k)
inPBC(k) = strcol('profile') eq 'pbc-ss512' && strcol('step') eq word(steps, k)
milliseconds(x) = column('cost_us') / 1000
stepsOfPBC = "for [k in '1 4'] file using (inPBC(k+0) ? column('attributes') : NaN):(milliseconds(0)) " \
  . "with lines linecolor rgb StepColour[k+0] linewidth 1.2 dashtype (5,4)"
stepsOfProfile = "for [k = 1:6] file using (inProfile(k) ? column('attributes') : NaN):(milliseconds(0)) " \
  . "with linespoints linecolor rgb StepColour[k] linewidth (k == 3 ? 1.2 : 1.8) " \
  . "pointtype StepType[k] pointsize 0.7 pointinterval 10 title Step[k]"

if (wants('crypto-costs')) {
  file = results . '/crypto-costs.csv'
  do for [format in formats] {
    eval canvas(format, 1000, 520)
    set output target('crypto-costs', format)
    set multiplot title 'What the steps of record sharing cost, by counts and measured prices'
    set offsets 0, 0, 0, 0
    set xlabel 'attributes or keywords'
    set xrange [0:51]
    set xtics 10
    set logscale y
    set yrange [0.1:2000]
    set format y '%g'
    set tmargin at screen 0.86
    set bmargin at screen 0.25
    set key on at screen 0.5, 0.08 center vertical maxrows 2 samplen 3 width 1 Left reverse
    do for [side = 1:2] {
      profile = side == 1 ? 'reference-ss512' : 'reference-ss1536'
      set lmargin at screen (side == 1 ? 0.09 : 0.57)
      set rmargin at screen (side == 1 ? 0.50 : 0.98)
      set title (side == 1 ? "(a) ss512, about 80 bits; dashed: the same counts at PBC's prices" : '(b) ss1536, 128 bits')
      if (side == 1) { set ylabel "CPU time (ms)" offset 1 } else { unset ylabel; unset key }
      eval 'plot ' . (side == 1 ? stepsOfPBC . ', ' : '') . stepsOfProfile
    }
    unset multiplot
    unset output
    unset logscale
    set lmargin; set rmargin; set tmargin; set bmargin
  }
}

# ---- Where the time of sharing records goes ---------------------------------------------------

recordSteps = 'setup keys encryption storage access decryption'
array RecordStep[6] = ['setup', 'keys', 'encrypt', 'store', 'access', 'decrypt']
# Boxes are drawn one over the other, the tallest first: each is the sum of those still to come.
array Part[4] = ['waiting', 'network', 'consensus', 'cryptography']
array PartFill[4] = ['#C8C8C8', '#7FC4A8', '#A8D0EC', '#E69F00']
stacked(k) = column('crypto_ms_mean') \
  + (k <= 3 ? column('consensus_ms_mean') : 0) \
  + (k <= 2 ? column('network_ms_mean') : 0) \
  + (k <= 1 ? column('queueing_ms_mean') : 0)
isStep(i, s) = isOf(i) && strcol('kind') eq 'step' && strcol('name') eq word(recordSteps, s)
place6(i) = isStep(i, 1) ? 1 : isStep(i, 2) ? 2 : isStep(i, 3) ? 3 : isStep(i, 4) ? 4 : isStep(i, 5) ? 5 : isStep(i, 6) ? 6 : NaN

if (wantsIfThere('records-steps', 'records-steps')) {
  file = results . '/records-steps-summary.csv'
  charted = '1 2 3 4'
  hasEpochs = 0
  inChart(x) = 1
  eval choose
  do for [format in formats] {
    eval canvas(format, 1000, 640)
    set output target('records-steps', format)
    set multiplot title 'Sharing records: where the time of each step goes (80 bits; scales differ; PoW: a block every 3.1 s)'
    set offsets 0, 0, 0, 0
    set xrange [0.4:6.6]
    set xtics ('setup' 1, 'keys' 2, 'encrypt' 3, 'store' 4, 'access' 5, 'decrypt' 6) scale 0
    unset xlabel
    set yrange [0:*]
    do for [i = 1:4] {
      set lmargin at screen (i % 2 == 1 ? 0.08 : 0.57)
      set rmargin at screen (i % 2 == 1 ? 0.49 : 0.98)
      set tmargin at screen (i <= 2 ? 0.87 : 0.45)
      set bmargin at screen (i <= 2 ? 0.57 : 0.15)
      set title word(protocols, i)
      if (i % 2 == 1) { set ylabel 'mean time (ms)' offset 1 } else { unset ylabel }
      if (i == 4) { set key on at screen 0.5, 0.06 center vertical maxrows 1 samplen 2 width 2 Left reverse } else { unset key }
      plot \
        for [k = 1:4] file using (place6(i)):(stacked(k)):(0.7) with boxes linecolor rgb PartFill[k] fillstyle solid 1.0 noborder title Part[k], \
        file using (place6(i)):(stacked(1)):(sprintf(stacked(1) < 9.95 ? '%.1f' : '%.0f', stacked(1))) with labels offset 0, 0.6 font ',10'
    }
    unset multiplot
    unset output
    set xtics scale 0.6 autofreq
    set lmargin; set rmargin; set tmargin; set bmargin
  }
}

# The rows of a sweep that a chart shows: an activity of the whole mix, or one of it.
isSwept(i, v) = strcol('kind') eq 'activity' && strcol('name') eq activity && strcol('protocol') eq word(protocols, i) && strcol('variant') eq v
# The lines of one variant: solid in the protocol's style, or dotted with open points.
spreadOf(x) = strcol(spread) eq '' ? 0 : column(spread) / unit
sweptLines = "" \
  . "for [i in charted] file using (isSwept(i+0, variant) ? column(swept) : NaN):(column(value) / unit):(spreadOf(0)) with yerrorbars linestyle i+0 dashtype 1 pointtype -1, " \
  . "for [i in charted] file using (isSwept(i+0, other) ? column(swept) : NaN):(column(value) / unit) with linespoints linestyle i+0 dashtype (1,3) linewidth 1.4 pointtype 6 pointsize 0.6, " \
  . "for [i in charted] file using (isSwept(i+0, variant) ? column(swept) : NaN):(column(value) / unit) with linespoints linestyle i+0 title word(protocols, i+0)"

if (wantsIfThere('records-sweeps', 'records-attributes') && (figure ne 'all' || isThere('records-keywords') && isThere('records-search'))) {
  do for [format in formats] {
    eval canvas(format, 1100, 760)
    set output target('records-sweeps', format)
    set multiplot title 'Sharing records: what attributes, keywords and files cost'
    set offsets 0, 0, 0, 0
    do for [part = 1:5] {
      row = part == 5 ? 3 : (part + 1) / 2
      isSearch = part == 5
      column_ = isSearch ? 3 : 2 - part % 2
      file = results . '/records-' . word('attributes keywords search', column_) . '-summary.csv'
      bits = row == 1 ? '80 bits' : '128 bits'
      variant = isSearch ? 'all files' : 'none ' . bits
      other = isSearch ? 'one patient' : 'byzantine ' . bits
      charted = isSearch ? '1 2 3' : '1 2 3 4'
      swept = word('records_policy_rows records_slots records_preloaded', column_)
      activity = isSearch ? 'search' : 'all'
      value = isSearch ? 'ms_mean' : 'per_second_mean'
      unit = isSearch ? 1000.0 : 1.0
      spread = isSearch ? 'ms_ci95' : 'per_second_ci95'
      set lmargin at screen (column_ == 1 ? 0.07 : column_ == 2 ? 0.395 : 0.745)
      set rmargin at screen (column_ == 1 ? 0.315 : column_ == 2 ? 0.64 : 0.97)
      set tmargin at screen (row == 2 ? 0.52 : 0.90)
      set bmargin at screen (row == 1 ? 0.62 : 0.22)
      set title (isSearch ? 'one search at a time' : bits . ' of security') offset 0, -0.5
      set xlabel (row == 1 ? '' : column_ == 1 ? 'attributes of a policy' : column_ == 2 ? 'keywords of a file' : 'files on the chain (logarithmic)')
      set ylabel (isSearch ? 'time of a search (s, logarithmic)' : 'operations per second') offset (isSearch ? 0 : -0.5)
      unset logscale
      set format y '%g'
      set xtics autofreq
      set yrange [0:*]
      set xrange [0:*]
      if (isSearch) {
        set logscale xy
        set xrange [80:1.2e6]
        set yrange [*:*]
        set xtics ('100' 100, '1000' 1000, '10⁴' 10000, '10⁵' 100000, '10⁶' 1000000)
      }
      unset label
      if (part == 4) {
        set key on at screen 0.5, 0.10 center vertical maxrows 1 samplen 4 width 2
        set label 1 'pale, open points: with a Byzantine replica (Raft: its leader crashes); on the right: the files of one patient alone. PoW: a block every 0.4 s' at screen 0.5, 0.045 center
      } else { unset key }
      eval 'plot ' . sweptLines
    }
    unset multiplot
    unset output
    unset logscale
    unset label
    set lmargin; set rmargin; set tmargin; set bmargin
  }
}

# ---- Streamlet beside PBFT --------------------------------------------------------------------

if (wantsIfThere('streamlet', 'streamlet-messages')) {
  file = results . '/streamlet-messages-summary.csv'
  rivals = 'PBFT Streamlet'
  isRival(k) = strcol('protocol') eq word(rivals, k)
  do for [format in formats] {
    eval canvas(format, 1000, 420)
    set output target('streamlet', format)
    set multiplot layout 1, 2 title 'Streamlet beside PBFT without faults (d = 4 ms, Delta = 10 ms)'
    set offsets 0, 0, 0, 0
    set xrange [3:11]
    set xtics (4, 7, 10)
    set xlabel 'replicas'
    set key on top left Left reverse
    set title 'messages of replicas per block with requests'
    set ylabel 'messages'
    set logscale y
    set yrange [10:10000]
    plot for [k = 1:2] file using (isRival(k) ? column('replicas') : NaN):'replica_messages_per_block_mean' with linespoints linestyle (k == 1 ? pbft : pow) title word(rivals, k)
    unset logscale y
    set title 'latency of clients'
    set ylabel 'mean latency (ms)'
    set yrange [0:*]
    unset key
    plot for [k = 1:2] file using (isRival(k) ? column('replicas') : NaN):'latency_mean_ms_mean' with linespoints linestyle (k == 1 ? pbft : pow) title word(rivals, k)
    unset multiplot
    unset output
  }
}
