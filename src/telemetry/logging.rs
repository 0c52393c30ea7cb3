//! Log lines: text for people, JSON for machines, on standard error (standard output belongs to the command's own
//! answers, such as the URLs printed at start).
use std::io::{self, IsTerminal};
use tracing::{Subscriber, warn};
use tracing_subscriber::{
    EnvFilter,
    fmt::{self, MakeWriter},
    util::SubscriberInitExt,
};

/// What is logged when the directives cannot be read.
const FALLBACK: &str = "info";

/// Starts logging for the whole process. `directives` is a level or a list such as `info,gateway=debug`; when it
/// cannot be read, `info` is used and a warning says so. Later calls change nothing.
pub fn init(directives: &str, json: bool) {
    let (filter, problem) = filter(directives);
    if subscriber(filter, json, io::stderr().is_terminal(), io::stderr).try_init().is_err() {
        return;
    }
    if let Some(problem) = problem {
        warn!(directives, "log.level is not understood ({problem}), using {FALLBACK}");
    }
}

/// The filter, and why it is not the one that was asked for.
fn filter(directives: &str) -> (EnvFilter, Option<String>) {
    match EnvFilter::builder().parse(directives) {
        Ok(filter) => (filter, None),
        Err(problem) => (EnvFilter::new(FALLBACK), Some(problem.to_string())),
    }
}

/// Fields of an event stand beside its message; in JSON those of its innermost span too, under `span`.
fn subscriber<W>(filter: EnvFilter, json: bool, colours: bool, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::fmt().with_env_filter(filter).with_writer(writer).with_ansi(colours && !json);
    if json {
        Box::new(lines.json().flatten_event(true).with_span_list(false).finish())
    } else {
        Box::new(lines.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };
    use tracing::{debug, info, info_span, subscriber::with_default};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written when `work` logs under `directives`.
    fn written(directives: &str, json: bool, work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        with_default(subscriber(filter(directives).0, json, false, move || writer.clone()), work);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_lines_carry_message_and_fields() {
        let text = written("info", false, || info!(call.id = 7, "call 7 ended"));
        assert!(
            text.contains("INFO") && text.contains("call 7 ended") && text.contains("call.id=7"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "no colour codes in files: {text}");
    }

    #[test]
    fn json_lines_are_one_object_with_message_fields_and_span() {
        let text = written("info", true, || {
            let _span = info_span!("connection", session.id = "s1").entered();
            info!(call.id = 7, "call \"7\" ended");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        for part in [r#""call.id":7"#, r#""message":"call \"7\" ended""#, r#""session.id":"s1""#] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(text.starts_with('{') && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn directives_choose_by_level_and_by_crate() {
        let log = || {
            info!(target: "gateway::hub", "info of gateway");
            debug!(target: "gateway::hub", "debug of gateway");
            debug!(target: "store::writer", "debug of store");
        };
        for (directives, expected) in [
            ("warn", [false, false, false]),
            ("info", [true, false, false]),
            ("info,gateway=debug", [true, true, false]),
            ("debug", [true, true, true]),
            ("off", [false, false, false]),
        ] {
            let text = written(directives, false, log);
            let seen = ["info of gateway", "debug of gateway", "debug of store"]
                .map(|message| text.contains(message));
            assert_eq!(seen, expected, "{directives}: {text}");
        }
    }

    #[test]
    fn directives_that_cannot_be_read_fall_back_and_say_why() {
        for directives in ["gateway=loud", "info,[unclosed", "a=b=c"] {
            let (filter, problem) = filter(directives);
            assert_eq!(filter.to_string(), FALLBACK, "{directives}");
            assert!(problem.is_some_and(|problem| !problem.is_empty()), "{directives}");
        }
        assert_eq!(filter("info,gateway=debug").1, None);
    }

    #[test]
    fn starting_twice_changes_nothing() {
        init("off", false);
        init("not=a=level", true);
    }
}
