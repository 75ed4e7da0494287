//! The `ottla` binary: arguments, config, log, broker, exit code.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use ottla::cli::{Cli, Command};
use ottla::container::ContainerCommand;
use ottla::log_levels::{LogLevels, unknown_word};
use ottla::scripts::{Called, called};
use ottla::usage;
use tracing_subscriber::EnvFilter;

/// Exit code of a start that failed, and of a look at files that are damaged.
const FAILED: u8 = 1;
/// Exit code of a wrong command line.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let parsed = match called(&words) {
        Called::Ended(code) => return ExitCode::from(code),
        Called::Start(cli) => Ok(*cli),
        Called::Ottla => Cli::try_parse(),
    };
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            complain(&usage::sentence(&error));
            return ExitCode::from(USAGE);
        }
    };
    let done = match &cli.command {
        Some(Command::Log(command)) => command.run(&mut std::io::stdout().lock()),
        Some(Command::Config(command)) => command.run(&mut std::io::stdout().lock()),
        Some(Command::Health(args)) => args.run(&environment(), &mut std::io::stdout().lock()),
        Some(Command::Container(ContainerCommand::Properties(args))) => {
            let done = args.run(&environment(), &mut std::io::stdout().lock());
            done.map(|()| true)
        }
        None | Some(Command::Container(ContainerCommand::Run(_))) => run(&cli).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        // What is wrong was printed.
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => {
            complain(&sentence(&error));
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let environment = environment();
    let in_container = cli.command.is_some();
    let container_log = environment.get("OTTLA_LOG").filter(|_| in_container).cloned();
    let log = start_log(cli.log.as_deref().or(container_log.as_deref()))?;
    let options = cli.options(environment)?;
    for note in options.config.notes() {
        tracing::warn!("{note}");
    }
    ottla::server::run(&options, log)
}

fn environment() -> BTreeMap<String, String> {
    let readable =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(readable).collect()
}

/// Logs to standard error, one compact line per event; what comes back changes how much.
fn start_log(filter: Option<&str>) -> anyhow::Result<LogLevels> {
    let filter = filter.unwrap_or("warn");
    let refused = || {
        anyhow::anyhow!(
            "--log {filter} is not allowed: it must be a level (off, error, warn, info, debug, trace), or a filter by \
             module such as info,ottla::groups=trace."
        )
    };
    if unknown_word(filter).is_some() {
        return Err(refused());
    }
    let parsed = EnvFilter::try_new(filter).map_err(|_| refused())?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .compact()
        .with_filter_reloading();
    let handle = log.reload_handle();
    log.init();
    Ok(LogLevels::new(filter, move |filter| {
        let parsed = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
        handle.reload(parsed).map_err(|error| error.to_string())
    }))
}

/// The error and its causes, without those that the text before already tells.
fn sentence(error: &anyhow::Error) -> String {
    error
        .chain()
        .fold(String::new(), |text, cause| match cause.to_string() {
            cause if text.contains(&cause) => text,
            cause if text.is_empty() => cause,
            cause => format!("{text}: {cause}"),
        })
}

fn complain(sentence: &str) {
    // A closed standard error is no reason to fail differently.
    let _ = writeln!(std::io::stderr(), "ottla: {sentence}");
}
