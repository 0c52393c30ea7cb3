use super::*;

fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>().into_iter()
}

#[track_caller]
fn problems(pairs: &[(&str, &str)]) -> Vec<String> {
    let values = gather(None, env(pairs), std::iter::empty());
    Config::check(&values).err().map(|problems| problems.0).unwrap_or_default()
}

#[test]
fn defaults_are_usable() {
    let values = gather(None, env(&[("PATH", "/bin")]), std::iter::empty());
    let config = Config::check(&values).unwrap();
    assert_eq!(config.listen.port(), 8080);
    assert_eq!(config.public_url, "http://localhost:8080");
    assert_eq!(config.calls.ring, model::limits::DEFAULT_RING);
    assert_eq!(config.gateway.resume, model::limits::DEFAULT_RESUME);
    assert_eq!(config.gateway.offline_grace, model::limits::DEFAULT_OFFLINE_GRACE);
    assert_eq!(config.gateway.send_queue_bytes, model::limits::MAX_SEND_QUEUE_BYTES);
}

#[test]
fn an_unknown_name_is_an_error_that_names_the_nearest_one() {
    let list = problems(&[("WHISKER_LISTN", "x")]);
    assert_eq!(list, ["unknown environment variable WHISKER_LISTN; did you mean WHISKER_LISTEN?"]);
    let list = problems(&[("WHISKER_PORT", "x")]);
    assert_eq!(list, ["unknown environment variable WHISKER_PORT"], "the common beginning is no likeness");
}

#[test]
fn all_problems_are_reported_at_once() {
    let list = problems(&[
        ("WHISKER_LISTN", "unknown"),
        ("WHISKER_LISTEN", "nowhere"),
        ("WHISKER_PUBLIC_IPS", "1.2.3.4,5"),
        ("WHISKER_CALLS__RING_SECS", "0"),
        ("WHISKER_LOG__FORMAT", "xml"),
        ("WHISKER_DATABASE_URL", "postgres://joe:secret@db"),
        ("WHISKER_TURN_STATIC_USERS", "joe"),
        ("WHISKER_TURN_ALLOW_PEERS", "10.0.0.0/33"),
        ("WHISKER_PUBLIC_URL", "ftp://x"),
    ]);
    assert_eq!(list.len(), 9, "{list:#?}");
    assert!(list.iter().any(|p| p.contains("WHISKER_LISTEN") && p.contains("nowhere")), "{list:#?}");
    assert!(
        list.iter().filter(|p| p.contains("<hidden>")).count() == 2
            && list.iter().all(|p| !p.contains("joe")),
        "secrets stay hidden: {list:#?}"
    );
}

#[test]
fn numbers_are_accepted_at_their_limits_and_refused_one_past() {
    let rows = [
        ("WHISKER_CALLS__RING_SECS", 1, 600),
        ("WHISKER_GATEWAY__RESUME_SECS", 15, 86_400),
        ("WHISKER_GATEWAY__OFFLINE_GRACE_SECS", 1, 60),
        ("WHISKER_GATEWAY__SEND_QUEUE_BYTES", 16 * 1024, 64 * 1024 * 1024),
        ("WHISKER_MEDIA__THREADS", 1, 64),
    ];
    for (name, least, most) in rows {
        for (value, is_fine) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            let list = problems(&[(name, &value.to_string())]);
            assert_eq!(list.is_empty(), is_fine, "{name}={value}: {list:?}");
        }
    }
    assert_eq!(problems(&[("WHISKER_MEDIA__THREADS", "two")]).len(), 1);
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("whisker.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\npublic_ips = [\"10.0.0.1\", \"::1\"]\n[calls]\nring_secs = 30\n[media]\nthreads = 2\n").unwrap();
    let values = gather(
        Some(&path),
        env(&[("WHISKER_LISTEN", "127.0.0.1:2"), ("WHISKER_CALLS__RING_SECS", "40")]),
        [("listen", "127.0.0.1:3".to_owned())].into_iter(),
    );
    let config = Config::check(&values).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.calls.ring, Duration::from_secs(40));
    assert_eq!(config.media.threads, 2);
    assert_eq!(config.public_ips.len(), 2);
}

#[test]
fn an_unknown_key_in_the_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("whisker.toml");
    std::fs::write(&path, "[calls]\nring_sec = 30\n").unwrap();
    let values = gather(Some(&path), env(&[]), std::iter::empty());
    let Err(Problems(list)) = Config::check(&values) else { panic!("accepted") };
    assert!(
        list[0].contains("calls.ring_sec") && list[0].contains("did you mean calls.ring_secs?"),
        "{list:?}"
    );
}

#[test]
fn the_example_file_is_complete_and_committed() {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.example.toml");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(committed, spec::example_file()).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(committed).unwrap(),
        spec::example_file(),
        "run the tests with UPDATE_GOLDEN=1"
    );
    let example = spec::example_file();
    let settings: Vec<&str> = example
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line))
        .filter(|line| line.contains(" = ") || line.starts_with('['))
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("whisker.toml");
    std::fs::write(&path, settings.join("\n")).unwrap();
    let values = gather(Some(&path), env(&[]), std::iter::empty());
    Config::check(&values).expect("the example is a configuration");
    for setting in spec::SETTINGS {
        assert_eq!(values.entry(setting.key), (setting.default, &Source::File));
        assert!(example.contains(&setting.env()), "{}", setting.key);
    }
}
