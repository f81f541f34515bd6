//! The command line: run a script, check scripts, list the labs. The same world as on the page.

mod catalogue;
mod check;
mod compare;
mod run;
mod seeds;

use std::fs;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::play::script::TEXT_MAX;
use crate::play::{Script, ScriptError};

/// Break distributed systems and watch them recover.
#[derive(Parser)]
#[command(name = "faultline", version, about, long_about = LONG)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const LONG: &str = "\
Break distributed systems and watch them recover.

The same world as on the page, on the command line: plays scripts, checks them, and lists what there \
is to play with. A run is exact: the same script gives the same run here and in every browser.";

#[derive(Subcommand)]
enum Command {
    /// Play a script and tell what happens
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Play several runs beside each other and tell where they part
    #[command(after_help = COMPARE_HELP)]
    Compare(CompareArgs),
    /// Check scripts and rules without playing them
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// List the labs, or show one of them
    Labs(LabsArgs),
}

#[derive(Args)]
struct RunArgs {
    /// The script; `-` reads standard input
    script: String,
    /// One JSON object a line: the steps, then the end
    #[arg(long)]
    json: bool,
    /// Take the run away: csv, or shiviz for a log with vector clocks
    #[arg(long, value_name = "FORMAT", value_parser = ["csv", "shiviz"], conflicts_with = "json")]
    export: Option<String>,
    /// Tell the turning points only
    #[arg(long, conflicts_with_all = ["json", "export"])]
    changes: bool,
    /// Play another variant of the lab
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Play with other luck
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Change the set-up: a parameter's value; may be said several times
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Play so many seeds, from the script's own on, and tell how what was measured is spread
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["changes", "export"])]
    seeds: Option<u64>,
    /// With --seeds: what is measured; may be said several times
    #[arg(long, value_name = "MEASURE", requires = "seeds")]
    measure: Vec<String>,
    /// With --seeds: another set-up to play with the same seeds, as in "nodes=7 variant=as-printed";
    /// may be said several times
    #[arg(long, value_name = "NAME=VALUE …", requires = "seeds")]
    versus: Vec<String>,
    /// One parameter with one value after another, such as `rate=10,20,50`: medians over it
    #[arg(long, value_name = "PARAMETER=VALUES", requires = "seeds")]
    across: Option<String>,
    /// Take at most so many steps in a run
    #[arg(long, value_name = "NUMBER", default_value_t = 2_000_000)]
    max_steps: u64,
}

#[derive(Args)]
struct CompareArgs {
    /// A lab, or a pair of labs such as `bully-raft`
    what: String,
    /// What the other set-up has: `variant=as-printed heartbeat_ms=10`; may be given up to three times
    #[arg(long, value_name = "WORDS")]
    with: Vec<String>,
    /// The script that all play; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    script: Option<String>,
    /// A scenario of the lab
    #[arg(long, value_name = "ID", conflicts_with = "script")]
    scenario: Option<String>,
    /// A script that tells a variant from the corrected one: `as-printed:1`
    #[arg(long, value_name = "VARIANT:NUMBER", conflicts_with_all = ["script", "scenario"])]
    witness: Option<String>,
    /// A story of the pair
    #[arg(long, value_name = "ID")]
    story: Option<String>,
    /// Other luck for a pair
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Measure the pair's comparison table instead
    #[arg(long)]
    table: bool,
}

#[derive(Args)]
struct CheckArgs {
    /// Scripts or `rules.txt`; `-` reads standard input. Without any, the labs' own scripts are checked
    files: Vec<String>,
}

#[derive(Args)]
struct LabsArgs {
    /// Show this lab with all that belongs to it
    lab: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

const RUN_HELP: &str = "\
A script begins with a line such as `lab raft seed=42 nodes=5 variant=corrected`. Each further line is \
a trigger and an act:

  1.250s crash n1                  at that time
  +200ms restart n1                so long after the line before
  when leader n3: cut n3 n1        as soon as it holds
  every sent Vote n2 *: drop it    each time
  @54 heal all                     immediately before step 54
  8s expect leader n2              fails the script if it does not hold
  9s stop                          the run ends here

`faultline labs LAB` lists the nouns of a lab, `faultline labs` the acts.

With --seeds, the script is played with so many seeds. A measure is a figure of the lab, such as \
`messages`, or `violations`, or MOMENT to MOMENT: the time from one moment to the next such moment. A \
moment is `start`, `last act` (of the script), a stage of the first fault (`introduced`, `error`, \
`failure`, `detected`, `recovered`; of another: `failure of fault 2`), or a condition as after `when`. \
Without --measure, all that make sense are told in a line each. How long a crashed leader is missed:

  faultline run SCRIPT --seeds 200 --measure \"last act to leader\" --versus \"election_ms_max=155\"

With --json, each step is one line with index, time_us, node, cause, fired, sent, changes, faults, \
violation and more; the last line is {\"end\": {time_us, steps, digest, scene, violations, problems, \
goals}}. With --seeds, each run is one line {\"run\": {setup, seed, values, violations, problems, \
steps, time_us}}; the last line is {\"end\": {setups, measures, spreads}}. Values of time are in µs; \
null is a run in which a moment never came.

Exit status: 0 all went well; 1 an invariant was violated, or something did not go as the script \
expects; 2 the script is wrong.";

const COMPARE_HELP: &str = "\
  faultline compare raft --scenario leader-crash --with variant=as-printed
  faultline compare raft --with seed=2 --with 'seed=3 heartbeat_ms=100'
  faultline compare bully-raft --story minority-cut
  faultline compare bully-raft --table

Exit status: 0; or 2, if what is asked for makes no sense.";

const CHECK_HELP: &str = "\
Exit status: 0 all are well; 2 one of them is wrong. Errors name file, line and column.";

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let done = match &cli.command {
        Command::Run(args) => run::run(args, &mut out),
        Command::Compare(args) => compare::compare(args, &mut out),
        Command::Check(args) => check::check(args, &mut out),
        Command::Labs(args) => catalogue::labs(args, &mut out),
    };
    let done = done.and_then(|code| out.flush().map(|()| code));
    match done {
        Ok(code) => ExitCode::from(code.number()),
        // Whoever reads the output has had enough of it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write: {error}");
            ExitCode::from(Code::Wrong.number())
        }
    }
}

/// What the command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Well,
    /// An invariant was violated, or an expectation was not met.
    Failed,
    /// The script, or something else that was given, is wrong.
    Wrong,
}

impl Code {
    fn number(self) -> u8 {
        match self {
            Code::Well => 0,
            Code::Failed => 1,
            Code::Wrong => 2,
        }
    }
}

/// The text of a file, or of standard input. An error is one sentence.
fn text_of(file: &str) -> Result<String, String> {
    let limit = TEXT_MAX as u64 + 1;
    let mut text = String::new();
    let read = match file {
        "-" => io::stdin().lock().take(limit).read_to_string(&mut text),
        _ => fs::File::open(file).and_then(|open| open.take(limit).read_to_string(&mut text)),
    };
    read.map_err(|error| format!("cannot read {}: {error}", name(file)))?;
    Ok(text)
}

fn script_of(file: &str) -> Result<Script, String> {
    text_of(file)?.parse().map_err(|error| placed(file, &error))
}

/// An error in the form that editors and terminals understand.
fn placed(file: &str, error: &ScriptError) -> String {
    format!("{}:{}:{}: {}", name(file), error.line, error.column, error.message)
}

fn name(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}
