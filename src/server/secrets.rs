//! Secrets the server makes for itself at first start, kept in `secrets.toml` in the data folder (mode 0600).
use rand::TryRngCore;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

const FILE: &str = "secrets.toml";

/// The content of the file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// Signs file grants; hexadecimal, 32 bytes.
    grant_key: String,
    /// Dashboard login.
    pub(crate) admin_password: String,
}

impl Secrets {
    /// Reads the file or makes it. `admin_password` from the settings replaces a stored one.
    /// The second value tells whether the file was made just now.
    pub(crate) fn load_or_create(data_dir: &Path, admin_password: Option<&str>) -> io::Result<(Self, bool)> {
        let path = data_dir.join(FILE);
        let (mut secrets, created) = match fs::read_to_string(&path) {
            Ok(text) => (parse(&text).map_err(|problem| invalid(&path, &problem))?, false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Self::generate()?, true),
            Err(error) => return Err(error),
        };
        let replaced = admin_password.filter(|password| *password != secrets.admin_password);
        if let Some(password) = replaced {
            password.clone_into(&mut secrets.admin_password);
        }
        if created || replaced.is_some() {
            let text = toml::to_string(&secrets).map_err(io::Error::other)?;
            write_private(&path, text.as_bytes())?;
        }
        Ok((secrets, created))
    }

    fn generate() -> io::Result<Self> {
        Ok(Self { grant_key: hex(&random::<32>()?), admin_password: token(15)? })
    }

    /// The key that signs file grants.
    pub(crate) fn grant_key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(self.grant_key.as_bytes().chunks(2)) {
            let text = std::str::from_utf8(pair).unwrap_or_default();
            *byte = u8::from_str_radix(text, 16).unwrap_or_default();
        }
        key
    }
}

fn parse(text: &str) -> Result<Secrets, String> {
    let secrets: Secrets = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let is_key = secrets.grant_key.len() == 64 && secrets.grant_key.bytes().all(|b| b.is_ascii_hexdigit());
    if is_key { Ok(secrets) } else { Err("grant_key must be 64 hexadecimal digits".to_owned()) }
}

fn invalid(path: &Path, problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {problem}", path.display()))
}

/// Written beside and renamed, so that a crash leaves either no file or a whole one.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let beside = path.with_extension("new");
    let mut file =
        fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Bytes from the operating system.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// A random token of `bytes` bytes, in characters that are safe in URLs, headers and shells.
pub(crate) fn token(bytes: usize) -> io::Result<String> {
    let random = random::<32>()?;
    Ok(hex(random.get(..bytes).unwrap_or(&random)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn secrets_are_made_once_and_readable_by_the_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let (first, created) = Secrets::load_or_create(dir.path(), None).unwrap();
        assert!(created);
        let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let (second, created) = Secrets::load_or_create(dir.path(), Some("chosen")).unwrap();
        assert!(!created);
        assert_eq!(second.grant_key(), first.grant_key());
        assert_ne!(first.grant_key(), [0; 32]);
        let (third, _) = Secrets::load_or_create(dir.path(), None).unwrap();
        assert_eq!(third.admin_password, "chosen");
    }

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "grant_key = \"12\"\nadmin_password = \"x\"\n").unwrap();
        let Err(error) = Secrets::load_or_create(dir.path(), None) else { panic!("accepted") };
        assert!(error.to_string().contains(FILE), "{error}");
    }
}
