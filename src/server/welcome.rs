//! What the operator reads on the terminal: where everything is, and the shortest way to a first call.
use crate::{bootstrap::Bootstrapped, config::Config, secrets::Secrets};

/// The text printed once the server listens. Secrets appear at first start only.
pub(crate) fn text(
    config: &Config,
    bootstrapped: &Bootstrapped,
    secrets: &Secrets,
    first_start: bool,
) -> String {
    let url = &config.public_url;
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    let is_secure = url.starts_with("https://");
    let api_key = &bootstrapped.app.api_key;
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("\nWhisker {} is ready.\n", telemetry::build::VERSION));
    if config.demo_enabled {
        line(format!("  First call   open {url}/demo in two tabs and ring yourself"));
    }
    line(format!("  Real-time    {}/rtm", url.replacen("http", "ws", 1)));
    line(format!("  Health       {url}/healthz  {url}/readyz  {url}/metrics"));
    line(format!("  API key      {api_key}"));
    if let Some((id, secret)) = &bootstrapped.credentials {
        line(format!("  API client   {id}"));
        line(format!("  API secret   {secret}   (shown this once)"));
    }
    if first_start {
        line(format!("  Admin        {}   (shown this once; kept in secrets.toml)", secrets.admin_password));
    }
    line(format!(
        "\n  import ChatKitty from 'whisker-client';\n\n  \
         const kitty = new ChatKitty({{ apiKey: '{api_key}', host: '{host}', isSecure: {is_secure} }});\n  \
         await kitty.startSession({{ username: 'jane' }});\n  \
         await kitty.Calls.initialize({{ media: {{ audio: true, video: true }} }});\n  \
         await kitty.Calls.startCall({{ members: [{{ username: 'john' }}] }});\n"
    ));
    out
}
