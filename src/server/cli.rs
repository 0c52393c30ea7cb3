//! Command line: `whisker [serve]`, `whisker check-config`, `whisker print-config`, `whisker health`.
use crate::config::{self, Config, spec, spec::SETTINGS};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

/// Exit code for a configuration that cannot be used (`EX_CONFIG` of sysexits).
const EXIT_CONFIG: u8 = 78;
/// How long `whisker health` waits for the server.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let matches = command().get_matches();
    let (name, arguments) = matches.subcommand().unwrap_or(("serve", &matches));
    if name == "print-config" && arguments.get_flag("example") {
        print!("{}", spec::example_file());
        return ExitCode::SUCCESS;
    }
    let (values, config) = match load(arguments) {
        Ok(loaded) => loaded,
        Err(problems) => {
            eprintln!("Whisker cannot start with this configuration:");
            problems.0.iter().for_each(|problem| eprintln!("  - {problem}"));
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    match name {
        "check-config" => println!("The configuration is fine."),
        "print-config" => print_config(&values),
        "health" => return health(config.listen),
        _ => return crate::run::serve(config),
    }
    ExitCode::SUCCESS
}

fn command() -> Command {
    let settings = || {
        let file = Arg::new("config").long("config").value_name("FILE").help("TOML file with settings");
        std::iter::once(file).chain(SETTINGS.iter().map(|setting| {
            let default = if setting.default.is_empty() {
                String::new()
            } else {
                format!(" [default: {}]", setting.default)
            };
            let help = format!("{}{default} [{}]", setting.about, setting.env());
            Arg::new(setting.key).long(setting.flag()).value_name("VALUE").help(help)
        }))
    };
    let example = Arg::new("example")
        .long("example")
        .action(ArgAction::SetTrue)
        .help("Print the annotated example file");
    Command::new("whisker")
        .version(telemetry::build::VERSION)
        .about("Chat and calls on your own machines: one binary, one TCP and one UDP port.")
        .args_conflicts_with_subcommands(true)
        .args(settings())
        .subcommand(Command::new("serve").about("Start the server (the default)").args(settings()))
        .subcommand(
            Command::new("check-config")
                .about("Check the configuration and report every problem")
                .args(settings()),
        )
        .subcommand(
            Command::new("print-config")
                .about("Print the effective configuration, secrets hidden")
                .args(settings())
                .arg(example),
        )
        .subcommand(
            Command::new("health")
                .about("Ask a running server whether it is ready; exit code 0 or 1")
                .args(settings()),
        )
}

fn load(arguments: &ArgMatches) -> Result<(config::Values, Config), config::Problems> {
    let file = arguments.get_one::<String>("config").map(PathBuf::from);
    let flags = SETTINGS.iter().filter_map(|s| Some((s.key, arguments.get_one::<String>(s.key)?.clone())));
    let environment =
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    let values = config::gather(file.as_deref(), environment, flags);
    let config = Config::check(&values)?;
    Ok((values, config))
}

fn print_config(values: &config::Values) {
    for setting in SETTINGS {
        let (text, source) = values.entry(setting.key);
        let shown = if setting.secret && !text.is_empty() { "<hidden>" } else { text };
        println!("{} = {shown:?}  # {source}", setting.key);
    }
}

/// One plain HTTP request, so that containers without curl can check their health.
fn health(listen: SocketAddr) -> ExitCode {
    let ip = if listen.ip().is_unspecified() { std::net::Ipv4Addr::LOCALHOST.into() } else { listen.ip() };
    match ask_ready(SocketAddr::new(ip, listen.port())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("no answer from {listen}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ask_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, HEALTH_TIMEOUT)?;
    stream.set_read_timeout(Some(HEALTH_TIMEOUT))?;
    stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(answer.ends_with(b" 200"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
