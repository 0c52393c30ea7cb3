//! `loadtest <scenario> --url ws://127.0.0.1:8080 --api-key KEY [--count N] [--rounds N] [--pid PID]`
use clap::{Parser, Subcommand};
use loadtest::scenario::{self, Target};
use std::process::ExitCode;

/// Load on a running Whisker server.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
    /// Where the server is.
    #[arg(long, global = true, default_value = "ws://127.0.0.1:8080")]
    url: String,
    /// API key of the application, printed when the server starts.
    #[arg(long, global = true, env = "WHISKER_BOOTSTRAP_API_KEY", default_value = "")]
    api_key: String,
    /// Sessions, or pairs of callers.
    #[arg(long, global = true, default_value_t = 100)]
    count: usize,
    /// How often each does it.
    #[arg(long, global = true, default_value_t = 10)]
    rounds: usize,
    /// Process of the server on this machine, to report its memory and CPU.
    #[arg(long, global = true)]
    pid: Option<u32>,
}

#[derive(Subcommand)]
enum Scenario {
    /// Open many idle sessions; report memory per session.
    Sessions,
    /// Pairs call each other; report calls per second.
    Calls,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let target = Target {
        url: arguments.url.trim_end_matches('/').to_owned(),
        api_key: arguments.api_key,
        pid: arguments.pid,
        count: arguments.count,
        rounds: arguments.rounds,
    };
    let result = match arguments.scenario {
        Scenario::Sessions => scenario::sessions::run(&target).await,
        Scenario::Calls => scenario::calls::run(&target).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
