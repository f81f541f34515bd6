//! Failure detectors against their definitions, against the test suites of the systems that made them
//! known, and against closed forms over many seeds.

use faultline::labs::detection::phi::{Phi, Settings, Shape, phi};
use faultline::labs::detection::suspicion::{Suspicion, least, retransmissions};
use faultline::sim::{NodeId, Span, Time};

fn assert_close(actual: f64, expected: f64, within: f64) {
    assert!((actual - expected).abs() <= within, "{actual} is not {expected} ± {within}");
}

// ---- phi against its formulas ----

/// Silences from 0 to eight deviations beyond the mean, in steps of a tenth of one.
fn silences(mean: f64, deviation: f64) -> impl Iterator<Item = f64> {
    let end = mean + 8.0 * deviation;
    (0..).map(move |step| f64::from(step) * deviation / 10.0).take_while(move |x| *x <= end)
}

const CASES: [(f64, f64); 5] =
    [(1_000.0, 100.0), (1_000.0, 300.0), (100.0, 10.0), (100.0, 60.0), (5_000.0, 1_250.0)];

#[test]
fn the_logistic_shape_is_pekkos_formula_to_a_millionth() {
    for (mean, deviation) in CASES {
        for silence in silences(mean, deviation) {
            // PhiAccrualFailureDetector.scala, `phi`.
            let y = (silence - mean) / deviation;
            let e = (-y * (1.5976 + 0.070566 * y * y)).exp();
            let formula = if silence > mean {
                -(e / (1.0 + e)).log10()
            } else {
                -(1.0 - 1.0 / (1.0 + e)).log10()
            };
            assert_close(phi(Shape::Logistic, silence, mean, deviation), formula, 1e-6);
        }
    }
}

#[test]
fn the_exponential_shape_is_cassandras_formula_to_a_millionth() {
    for (mean, deviation) in CASES {
        for silence in silences(mean, deviation) {
            // FailureDetector.java: PHI_FACTOR = 1 / log(10), phi = t / mean.
            let formula = silence / mean / 10.0_f64.ln();
            assert_close(phi(Shape::Exponential, silence, mean, deviation), formula, 1e-6);
        }
    }
}

/// The tail of the normal distribution by integration (Simpson's rule), independent of any `erf`.
fn normal_tail(y: f64) -> f64 {
    let (steps, end) = (20_000, y + 12.0);
    let width = (end - y) / f64::from(steps);
    let density = |x: f64| (-x * x / 2.0).exp();
    let inner: f64 = (1..steps)
        .map(|i| density(y + f64::from(i) * width) * if i % 2 == 0 { 2.0 } else { 4.0 })
        .sum();
    (density(y) + inner + density(end)) * width / 3.0 / std::f64::consts::TAU.sqrt()
}

#[test]
fn the_normal_shape_is_the_tail_of_the_normal_distribution_to_a_millionth() {
    for tenth in -50..=350 {
        let y = f64::from(tenth) / 10.0;
        let integral = -normal_tail(y).log10();
        assert_close(phi(Shape::Normal, y, 0.0, 1.0), integral, 1e-6);
    }
}

#[test]
fn the_normal_shape_has_no_step_where_it_changes_its_method() {
    let below = phi(Shape::Normal, 30.0 - 1e-9, 0.0, 1.0);
    let above = phi(Shape::Normal, 30.0, 0.0, 1.0);
    assert_close(above, below, 1e-6);
    assert!(phi(Shape::Normal, 1_000.0, 0.0, 1.0).is_finite());
}

#[test]
fn the_logistic_and_the_normal_shape_agree_up_to_three_deviations_and_part_beyond() {
    let apart = |y| phi(Shape::Logistic, y, 0.0, 1.0) - phi(Shape::Normal, y, 0.0, 1.0);
    assert!((0..=30).all(|tenth| apart(f64::from(tenth) / 10.0).abs() < 0.05));
    assert!(apart(6.0) > 1.0, "{}", apart(6.0));
}

#[test]
fn phi_of_the_table_in_the_chapter() {
    // Silences at which phi is 1, 3 and 8, mean 1000 ms.
    for (deviation, at) in
        [(100.0, [1_128.0, 1_309.0, 1_561.0]), (300.0, [1_384.0, 1_927.0, 2_684.0])]
    {
        for (threshold, silence) in [1.0, 3.0, 8.0].into_iter().zip(at) {
            let around = |ms: f64| phi(Shape::Normal, silence + ms, 1_000.0, deviation);
            assert!(around(-2.0) < threshold && around(2.0) > threshold, "{deviation} {silence}");
        }
    }
    assert_close(phi(Shape::Logistic, 1_200.0, 1_000.0, 100.0), 1.64, 0.01);
    assert_close(phi(Shape::Logistic, 1_000.0, 1_000.0, 100.0), 0.301, 0.001);
}

// ---- Pekko: remote/src/test/scala/org/apache/pekko/remote/AccrualFailureDetectorSpec.scala ----

fn pekko() -> Settings {
    Settings {
        shape: Shape::Logistic,
        window: 1_000,
        deviation_min: Span::from_ms(100),
        pause: Span::ZERO,
        estimate: Span::from_secs(1),
        longest: Span(u64::MAX),
    }
}

/// Its fake clock: each look at it moves it on by the next interval.
struct Detector {
    phi: Phi,
    settings: Settings,
    threshold: f64,
    now: Time,
    intervals: std::vec::IntoIter<u64>,
}

impl Detector {
    fn new(settings: Settings, threshold: f64, intervals: Vec<u64>) -> Detector {
        let intervals = intervals.into_iter();
        Detector { phi: Phi::default(), settings, threshold, now: Time::ZERO, intervals }
    }

    fn look(&mut self) -> Time {
        let next = self.intervals.next().expect("the test says how time goes on");
        self.now = self.now + Span::from_ms(next);
        self.now
    }

    fn heartbeat(&mut self) {
        let now = self.look();
        let available = self.phi.phi(now, &self.settings) < self.threshold;
        self.phi.beat(now, !available, &self.settings);
    }

    fn phi(&mut self) -> f64 {
        let now = self.look();
        self.phi.phi(now, &self.settings)
    }

    fn is_available(&mut self) -> bool {
        self.phi() < self.threshold
    }
}

fn cdf(phi: f64) -> f64 {
    1.0 - 10.0_f64.powf(-phi)
}

#[test]
fn pekko_use_good_enough_cumulative_distribution_function() {
    let at = |silence, mean, deviation| cdf(phi(Shape::Logistic, silence, mean, deviation));
    for (silence, expected, within) in [
        (0.0, 0.5, 0.001),
        (6.0, 0.7257, 0.001),
        (15.0, 0.9332, 0.001),
        (20.0, 0.97725, 0.001),
        (25.0, 0.99379, 0.001),
        (35.0, 0.99977, 0.001),
        (40.0, 0.99997, 0.0001),
    ] {
        assert_close(at(silence, 0.0, 10.0), expected, within);
    }
    let phis: Vec<f64> = (0..=40).map(|x| phi(Shape::Logistic, f64::from(x), 0.0, 10.0)).collect();
    assert!(phis.is_sorted_by(|a, b| a < b));
    assert_close(at(22.0, 20.0, 3.0), 0.7475, 0.001);
}

#[test]
fn pekko_handle_outliers_without_losing_precision_or_hitting_exceptions() {
    assert_close(phi(Shape::Logistic, 10.0, 0.0, 1.0), 38.0, 1.0);
    assert_close(phi(Shape::Logistic, -25.0, 0.0, 1.0), 0.0, 1e-12);
}

#[test]
fn pekko_return_realistic_phi_values() {
    let at = |silence, deviation| phi(Shape::Logistic, silence, 1_000.0, deviation);
    for (silence, expected) in [
        (0.0, 0.0),
        (500.0, 0.1),
        (1_000.0, 0.3),
        (1_200.0, 1.6),
        (1_400.0, 4.7),
        (1_600.0, 10.8),
        (1_700.0, 15.3),
    ] {
        assert_close(at(silence, 100.0), expected, 0.1);
    }
    assert!(at(1_100.0, 500.0) < at(1_100.0, 100.0));
}

#[test]
fn pekko_return_phi_value_of_0_on_startup_when_no_heartbeats() {
    let mut detector = Detector::new(pekko(), 8.0, vec![0, 1_000]);
    assert_eq!((detector.phi(), detector.phi()), (0.0, 0.0));
}

#[test]
fn pekko_return_phi_based_on_guess_when_only_one_heartbeat() {
    let mut detector = Detector::new(pekko(), 8.0, vec![0, 1_000, 1_000, 1_000]);
    detector.heartbeat();
    assert_close(detector.phi(), 0.3, 0.2);
    assert_close(detector.phi(), 4.5, 0.3);
    assert!(detector.phi() > 15.0);
}

#[test]
fn pekko_return_phi_value_using_first_interval_after_second_heartbeat() {
    let mut detector = Detector::new(pekko(), 8.0, vec![0, 100, 100, 100]);
    detector.heartbeat();
    assert!(detector.phi() > 0.0);
    detector.heartbeat();
    assert!(detector.phi() > 0.0);
}

#[test]
fn pekko_mark_node_as_dead_if_heartbeats_are_missed() {
    let mut detector = Detector::new(pekko(), 3.0, vec![0, 1_000, 100, 100, 7_000]);
    for _ in 0..3 {
        detector.heartbeat();
    }
    assert!(detector.is_available());
    assert!(!detector.is_available());
}

#[test]
fn pekko_mark_node_as_available_if_it_starts_heartbeat_again_after_being_marked_dead() {
    let mut intervals = vec![0];
    intervals.extend([1_000; 999]);
    intervals.extend([300_000, 100, 900, 100, 7_000, 100, 900, 100, 900]);
    let settings = Settings { pause: Span::from_secs(3), ..pekko() };
    let mut detector = Detector::new(settings, 8.0, intervals);
    for _ in 0..1_000 {
        detector.heartbeat();
    }
    assert!(!detector.is_available(), "after the long pause");
    detector.heartbeat();
    assert!(detector.is_available());
    detector.heartbeat();
    assert!(!detector.is_available(), "after the 7 seconds pause");
    for _ in 0..2 {
        detector.heartbeat();
        assert!(detector.is_available());
    }
}

#[test]
fn pekko_accept_some_configured_missing_heartbeats() {
    let settings = Settings { pause: Span::from_secs(3), ..pekko() };
    let mut detector =
        Detector::new(settings, 8.0, vec![0, 1_000, 1_000, 1_000, 4_000, 1_000, 1_000]);
    for _ in 0..4 {
        detector.heartbeat();
    }
    assert!(detector.is_available());
    detector.heartbeat();
    assert!(detector.is_available());
}

#[test]
fn pekko_fail_after_configured_acceptable_missing_heartbeats() {
    let settings = Settings { pause: Span::from_secs(3), ..pekko() };
    let intervals = vec![0, 1_000, 1_000, 1_000, 1_000, 1_000, 500, 500, 5_000];
    let mut detector = Detector::new(settings, 8.0, intervals);
    for _ in 0..6 {
        detector.heartbeat();
    }
    assert!(detector.is_available());
    detector.heartbeat();
    assert!(!detector.is_available());
}

#[test]
fn pekko_use_max_sample_size_heartbeats() {
    let settings = Settings { window: 3, ..pekko() };
    let intervals = vec![0, 100, 100, 100, 100, 600, 500, 500, 500, 500, 500];
    let mut detector = Detector::new(settings, 8.0, intervals);
    for _ in 0..4 {
        detector.heartbeat();
    }
    let first = detector.phi();
    for _ in 0..4 {
        detector.heartbeat();
    }
    assert_close(detector.phi(), first, 0.001);
}

#[test]
fn pekko_calculate_correct_mean_and_variance() {
    let window = |window, samples: &[u64]| {
        let settings = Settings { window, ..pekko() };
        let mut phi = Phi::default();
        for sample in samples {
            phi.record(*sample, &settings);
        }
        (phi.mean_us(), phi.deviation_us() * phi.deviation_us())
    };
    for (size, samples, mean, variance) in [
        (20, vec![100, 200, 125, 340, 130], 179.0, 7_584.0),
        (600, vec![1_000], 1_000.0, 0.0),
        (3, vec![100, 110, 90], 100.0, 66.666_666_7),
        (3, vec![100, 110, 90, 140], 113.333_333, 422.222_222),
        (3, vec![100, 110, 90, 140, 80], 103.333_333, 688.888_888_89),
    ] {
        let (own_mean, own_variance) = window(size, &samples);
        assert_close(own_mean, mean, 1e-5);
        assert_close(own_variance, variance, 1e-5);
    }
}

// ---- Cassandra: test/unit/org/apache/cassandra/gms/ArrivalWindowTest.java ----

#[test]
fn cassandra_with_nano_time() {
    let settings = Settings { shape: Shape::Exponential, window: 4, ..pekko() };
    let mut detector = Phi::default();
    for ms in [111, 222, 333, 444, 555] {
        detector.beat(Time(ms * 1_000), false, &settings);
    }
    assert_close(detector.phi(Time(666_000), &settings), 0.43, 0.01);
    assert_close(detector.phi(Time(3_000_000), &settings), 9.566, 0.01);
}

// ---- memberlist: suspicion_test.go, state_test.go, util_test.go ----

/// A suspicion with so many confirmations.
fn suspicion(confirmations: u8, needed: u32) -> Suspicion {
    let mut suspicion = Suspicion::new(NodeId::server(1), Time::ZERO);
    for from in 0..confirmations {
        suspicion.confirm(NodeId::server(2 + from), needed);
    }
    suspicion
}

#[test]
fn memberlist_remaining_suspicion_time() {
    let (least, most) = (Span::from_secs(2), Span::from_secs(30));
    // (confirmations, elapsed, remaining) in ms; the suspicion counts no more than are needed.
    for (count, elapsed, remaining) in [
        (0, 0, 30_000),
        (1, 2_000, 14_000),
        (2, 3_000, 4_810),
        (3, 4_000, -2_000),
        (4, 5_000, -3_000),
        (5, 10_000, -8_000),
    ] {
        let lasts = suspicion(count, 3).lasts(3, least, most);
        assert_eq!(lasts.0 as i64 / 1_000 - elapsed, remaining, "{count} confirmations");
    }
}

#[test]
fn memberlist_suspicion_timer() {
    let (least, most) = (Span::from_ms(500), Span::from_secs(2));
    let (me, foo, bar, baz, zoo) = (1, 2, 3, 4, 5);
    let cases: [(&[(u8, bool)], u64); 6] = [
        (&[], 2_000),
        (&[(me, false), (foo, true)], 1_250),
        (&[(me, false), (foo, true), (foo, false), (foo, false)], 1_250),
        (&[(me, false), (foo, true), (bar, true)], 810),
        (&[(me, false), (foo, true), (bar, true), (baz, true)], 500),
        (&[(me, false), (foo, true), (bar, true), (baz, true), (zoo, false)], 500),
    ];
    for (confirmations, expected) in cases {
        let mut suspicion = Suspicion::new(NodeId::server(me), Time::ZERO);
        for (from, news) in confirmations {
            assert_eq!(suspicion.confirm(NodeId::server(*from), 3), *news);
        }
        let lasts = suspicion.lasts(3, least, most).0 / 1_000;
        // memberlist allows 25 ms either way.
        assert!(lasts.abs_diff(expected) <= 25, "{lasts} ms is not {expected} ms");
    }
}

#[test]
fn memberlist_probe_node_suspect_dogpile() {
    // SuspicionMult 5, SuspicionMaxTimeoutMult 2, ProbeInterval 100 ms; k is 3, or 0 among few nodes.
    for (peers, confirmations, expected) in [
        (1_u64, 0, 500),
        (2, 0, 500),
        (3, 0, 500),
        (4, 0, 1_000),
        (5, 0, 1_000),
        (5, 1, 750),
        (5, 2, 604),
        (5, 3, 500),
        (5, 4, 500),
    ] {
        let needed = if peers + 1 < 3 + 2 { 0 } else { 3 };
        let least = least(5, peers + 1, Span::from_ms(100));
        let most = Span(least.0 * 2);
        let lasts = suspicion(confirmations, needed).lasts(needed, least, most).0 / 1_000;
        assert!(lasts.abs_diff(expected) <= 25, "{peers} peers: {lasts} ms is not {expected} ms");
    }
}

#[test]
fn memberlist_suspicion_timeout_and_retransmit_limit() {
    // util_test.go: TestSuspicionTimeout, TestRetransmitLimit.
    for (nodes, expected) in [(5, 1_000), (10, 1_000), (50, 1_698), (100, 2_000), (500, 2_698)] {
        let timeout = least(3, nodes, Span::from_secs(1)).0 / 1_000 / 3;
        assert_eq!(timeout, expected, "{nodes} nodes");
    }
    for (nodes, expected) in [(0, 0), (1, 3), (99, 6)] {
        assert_eq!(retransmissions(3, nodes), expected, "{nodes} nodes");
    }
}

// ---- heartbeats: measured against closed forms, over many seeds ----

/// Runs a script of the heartbeat lab up to its end and reads two of its metrics.
fn measured(text: &str, seed: u64, names: [&str; 2]) -> [u64; 2] {
    let mut script: faultline::play::Script = text.parse().expect("the script is right");
    script.setup.seed = seed;
    let limits = faultline::play::Limits::default();
    let outcome = faultline::play::run_script(&script, limits).expect("the script is right");
    let metrics = outcome.run.scene().metrics;
    let value = |name: &str| metrics.iter().find(|metric| metric.name == name).map(|it| it.value);
    names.map(|name| value(name).expect("the lab measures it"))
}

/// Course, 5 s × 3 (HB-2): the loop counts ticks, so it takes more than three intervals and up to four.
#[test]
fn the_printed_monitor_detects_after_three_to_four_intervals() {
    let crash = "lab heartbeat seed=1 variant=as-printed nodes=1 monitors=1 interval_ms=5000 threshold=3\n\
                 32.5s crash n1\n+25s stop\n";
    let mut took = Vec::new();
    for seed in 0..200 {
        let [detection, recoveries] = measured(crash, seed, ["last detection", "recoveries"]);
        // Counted from the crash, which is up to an interval after the last heartbeat.
        assert!(detection > 10_000_000 && detection <= 20_000_000, "seed {seed}: {detection} µs");
        assert!(recoveries >= 1);
        took.push(detection);
    }
    let mean = took.iter().sum::<u64>() / 200;
    // Evenly spread phases: 17.5 s from the last heartbeat on average, 2.5 s of them before the crash.
    assert!((14_400_000..15_600_000).contains(&mean), "{mean} µs");
    assert!(took.iter().max() > took.iter().min().map(|least| least + 4_000_000).as_ref());
}

/// From the last heartbeat: it is sent at the crash itself, so the crash is when it was sent.
#[test]
fn counted_from_the_last_heartbeat_it_is_more_than_three_intervals_and_at_most_four() {
    let crash = "lab heartbeat seed=1 variant=as-printed nodes=1 monitors=1 interval_ms=5000 threshold=3 \
                 latency_ms_min=0 latency_ms_max=0\n\
                 30s expect nobody-suspected\nwhen sent HEARTBEAT n1 m1: crash n1\n+30s stop\n";
    for seed in 0..200 {
        let [detection, _] = measured(crash, seed, ["last detection", "recoveries"]);
        assert!(detection > 15_000_000 - 2, "seed {seed}: {detection} µs");
        assert!(detection <= 20_000_000, "seed {seed}: {detection} µs");
    }
}

#[test]
fn the_corrected_monitor_detects_after_exactly_three_intervals() {
    let crash = "lab heartbeat seed=1 nodes=1 monitors=1 interval_ms=5000 threshold=3 latency_ms_min=0 \
                 latency_ms_max=0\n\
                 30s expect nobody-suspected\nwhen sent HEARTBEAT n1 m1: crash n1\n+30s stop\n";
    for seed in 0..100 {
        let [detection, _] = measured(crash, seed, ["last detection", "recoveries"]);
        // The latency of the last heartbeat is one microsecond at least.
        assert!(detection.abs_diff(15_000_000) <= 10, "seed {seed}: {detection} µs");
    }
}

/// HB-7: with a loss of 20 % an episode of false alarm begins whenever three heartbeats in a row are
/// lost after one that came: p³(1 − p) = 0.0064 for each heartbeat, 128 in 20 000 of them.
#[test]
fn false_alarms_at_a_fifth_loss_are_as_many_as_the_closed_form_says() {
    let text = "lab heartbeat seed=1 variant=as-printed nodes=1 monitors=1 interval_ms=1000 threshold=3 \
                loss_percent=20\n1000s stop\n";
    let mut alarms = 0;
    let mut recoveries = 0;
    for seed in 0..120 {
        let [own, all] = measured(text, seed, ["false alarms", "recoveries"]);
        alarms += own;
        recoveries += all;
    }
    let expected = 0.0064 * 1_000.0 * 120.0;
    let off = (alarms as f64 - expected).abs() / expected;
    // Four deviations of a count of 768 are 14 %.
    assert!(off < 0.15, "{alarms} false alarms, expected {expected}");
    // HB-1: every further loss of the same episode is a further recovery: 1 / (1 − p) for each.
    let each = recoveries as f64 / alarms as f64;
    assert!((1.15..1.35).contains(&each), "{each} recoveries for each alarm");
}

// ---- SWIM: measured against the paper, over many seeds ----

/// Das et al. 2002, §3.1: if everybody draws whom to probe, a failed node is probed in a period with
/// probability 1 − (1 − 1/(n−1))^(n−1), so the first suspicion takes e/(e − 1) periods on average.
#[test]
fn a_failed_member_is_suspected_after_e_over_e_minus_one_periods() {
    // All periods begin together; the crash is in the middle of one, and a suspicion at the end of one.
    let text = "lab swim seed=1 members=20 probing=random helpers=0\n2100ms crash n20\n+4s stop\n";
    let mut periods = 0;
    for seed in 0..300 {
        let [to, _] = measured(text, seed, ["to the first suspicion", "false alarms"]);
        assert!(to > 0, "seed {seed}: nobody suspects it");
        // The period in which it is drawn counts.
        periods += (to - 100_000) / 200_000;
    }
    let mean = periods as f64 / 300.0;
    // Exactly, without the failed one itself: 1 / (1 − (1 − 1/19)^19) = 1.56. Four deviations: ± 0.22.
    assert_close(mean, std::f64::consts::E / (std::f64::consts::E - 1.0), 0.22);
}

/// Das et al. 2002, §3.1: the load of a member does not grow with their number; all to all, it does.
#[test]
fn the_load_of_a_member_does_not_grow_with_their_number() {
    let load = |members: u64, detector: &str| {
        let text = format!("lab swim seed=1 members={members} detector={detector}\n5s stop\n");
        measured(&text, 1, ["messages a node and 100 periods", "false alarms"])[0]
    };
    for members in [5, 20, 50] {
        let swim = load(members, "swim");
        assert!((180..=220).contains(&swim), "{members} members: {swim}");
        let all = load(members, "all-to-all");
        assert!(all.abs_diff((members - 1) * 100) <= (members - 1) * 5, "{members} members: {all}");
    }
}

/// memberlist, state_test.go: OldSuspect, OldDead, AliveReplay and Refute are the scenarios and witnesses
/// of the lab; here is what they come to with many members: one crash, and all know soon, rightly.
#[test]
fn the_news_of_a_failure_reaches_forty_nine_members_within_the_stated_time() {
    let text = "lab swim seed=1 members=50\n2100ms crash n20\n+30s stop\n";
    for seed in 0..5 {
        let [first, all] = measured(text, seed, ["to the first suspicion", "until all know"]);
        // A few periods to the first suspicion, the longest time to refute (4 × 1.698 × 3 periods), and
        // a few to tell.
        assert!(first > 0 && first < 2_000_000, "seed {seed}: {first} µs");
        assert!(all > first && all < 2_000_000 + 4_080_000 + 2_000_000, "seed {seed}: {all} µs");
    }
}

// ---- all detectors on the same heartbeats and faults, over many seeds ----

/// Detection times and false alarms of every setting of every detector, on average over 100 seeds: points of
/// the panel "Slow or wrong", in ms and in hundredths of alarms in 1000 heartbeats.
fn curves() -> Vec<(&'static str, Vec<(f64, f64)>)> {
    // A fifth of all messages is lost, and all nodes crash, for long enough for the most patient.
    let text = "lab detectors seed=1 nodes=4 loss_percent=20\n\
                4s crash n1\n4.1s crash n2\n4.2s crash n3\n4.3s crash n4\n8s stop\n";
    let mut sums: Vec<Sum> = Vec::new();
    for seed in 0..100 {
        let mut script: faultline::play::Script = text.parse().expect("the script is right");
        script.setup.seed = seed;
        let limits = faultline::play::Limits::default();
        let outcome = faultline::play::run_script(&script, limits).expect("the script is right");
        let scene = outcome.run.scene();
        let Some(faultline::sim::Panel::Curve { curves, .. }) = scene.panels.first() else {
            panic!("the lab shows a curve");
        };
        for (place, curve) in curves.iter().enumerate() {
            if sums.len() <= place {
                sums.push(Sum { name: curve.name, runs: 0.0, points: [(0.0, 0.0); 8] });
            }
            // The most impatient may have suspected all four wrongly when they crashed.
            if curve.points.len() < 8 {
                continue;
            }
            sums[place].runs += 1.0;
            for (sum, point) in sums[place].points.iter_mut().zip(&curve.points) {
                *sum = (sum.0 + point.0 as f64, sum.1 + point.1 as f64);
            }
        }
    }
    let mean = |Sum { name, runs, points }: Sum| {
        assert!(runs > 90.0, "{name}: only {runs} runs");
        (name, points.into_iter().map(|(took, alarms)| (took / runs, alarms / runs)).collect())
    };
    sums.into_iter().map(mean).collect()
}

/// The points of one curve, added up over the runs in which all eight were there.
struct Sum {
    name: &'static str,
    runs: f64,
    points: [(f64, f64); 8],
}

#[test]
fn every_detector_is_slow_or_wrong_and_which_one_is_better_can_be_measured() {
    let curves = curves();
    let of = |name: &str| &curves.iter().find(|(own, _)| *own == name).expect("it is there").1;
    assert_eq!(curves.len(), 7);
    for (name, points) in &curves {
        // The knob: whoever is slower is wrong less often, but for chance: one alarm in 100,000 heartbeats.
        assert!(points.is_sorted_by(|a, b| a.0 < b.0 && a.1 + 1.0 >= b.1), "{name}: {points:?}");
    }
    // HB-7 and its like: the loop with threshold m raises p^m (1 − p) alarms for each heartbeat, m from 1.
    for (m, (_, alarms)) in (1..).zip(of("loop")).take(3) {
        let expected = 0.2_f64.powi(m) * 0.8 * 100_000.0;
        assert!(alarms / expected > 0.5 && alarms / expected < 2.0, "m={m}: {alarms} {expected}");
    }
}

/// What a watch for a leader comes to with any detector: the time from the crash of the leader until
/// somebody suspects it, over some seeds.
fn until_detected(lab: &str, detector: &str, seed: u64) -> u64 {
    use faultline::sim::faults::Stage;
    let text = format!(
        "lab {lab} seed={seed} detector={detector}\n2s expect agreed\n+1ms crash leader\n+4s expect agreed\n+1ms stop\n"
    );
    let script: faultline::play::Script = text.parse().expect("the script is right");
    let limits = faultline::play::Limits::default();
    let outcome = faultline::play::run_script(&script, limits).expect("the script is right");
    assert!(outcome.problems.is_empty(), "{text}{:?}", outcome.problems);
    assert!(outcome.run.violations().is_empty(), "{text}");
    let faults = outcome.run.faults();
    let crash = faults.first().expect("the leader crashed");
    let detected = crash.reached(Stage::Detected).expect("somebody noticed");
    detected.time.since(crash.introduced().time).us()
}

#[test]
fn bully_and_raft_take_any_detector_as_their_leader_watch_and_the_fault_strip_tells_of_it() {
    for lab in ["bully", "raft"] {
        let mean = |detector: &str| -> u64 {
            (0..12).map(|seed| until_detected(lab, detector, seed)).sum::<u64>() / 12
        };
        let by: Vec<u64> =
            faultline::labs::detection::watch::DETECTORS.iter().map(|it| mean(it)).collect();
        let [_timeout, expected, logistic, normal, exponential] = by[..] else {
            panic!("five detectors")
        };
        // Cassandra's shape waits for 18 mean intervals at phi 8, the others for a few deviations beyond one.
        assert!(exponential > 3 * normal / 2, "{lab}: {by:?}");
        assert!(logistic < normal && normal < expected, "{lab}: {by:?}");
    }
}

/// Raft §5.2: the draw that keeps servers from standing at once is the protocol's, whatever the detector.
#[test]
fn raft_draws_its_wait_whatever_the_detector_says() {
    for detector in faultline::labs::detection::watch::DETECTORS {
        let times: std::collections::BTreeSet<u64> =
            (0..12).map(|seed| until_detected("raft", detector, seed)).collect();
        let (first, last) = (times.first().expect("twelve"), times.last().expect("twelve"));
        assert!(times.len() > 8 && last - first > 10_000, "{detector}: {times:?}");
    }
}

// ---- the course's flaws ----

/// The list of the course's flaws is HB-1 to HB-9, HC-1 to HC-9, PH-1 to PH-7 and SV-1 to SV-7. That the
/// variant breaks what the witness says and the corrected one keeps it is tested for all labs together.
#[test]
fn every_printed_flaw_of_a_detector_or_a_restart_has_a_witness() {
    for (lab, prefix, flaws) in
        [("heartbeat", "HB", 9), ("health", "HC", 9), ("phi", "PH", 7), ("supervisor", "SV", 7)]
    {
        let lab = faultline::labs::find(lab).expect("it is in the catalogue");
        let witnesses: Vec<&str> =
            lab.variants.iter().flat_map(|it| it.witnesses).map(|witness| witness.flaw).collect();
        for number in 1..=flaws {
            let flaw = format!("{prefix}-{number}");
            assert!(witnesses.contains(&flaw.as_str()), "{}: {flaw} has no witness", lab.id);
        }
    }
}
