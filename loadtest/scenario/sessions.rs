//! Many idle sessions with the subscriptions of an SDK: what one costs in memory.
use super::Target;
use crate::{
    client::{Client, ClientError},
    report::{percentiles, resident_kib},
};
use std::time::{Duration, Instant};

/// Sessions that are opened at the same time.
const AT_ONCE: usize = 50;
/// After the last one came: until everybody has read who else came.
const SETTLE: Duration = Duration::from_secs(10);

/// Opens all sessions, keeps them, and prints what they cost.
pub async fn run(target: &Target) -> Result<(), ClientError> {
    let before = target.pid.and_then(resident_kib);
    let mut reading = Vec::with_capacity(target.count);
    let mut took = Vec::with_capacity(target.count);
    for first in (0..target.count).step_by(AT_ONCE) {
        let opening: Vec<_> = (first..target.count.min(first + AT_ONCE))
            .map(|i| tokio::spawn(open(target.clone(), i)))
            .collect();
        for task in opening {
            let (client, duration) =
                task.await.map_err(|error| ClientError::Connection(error.to_string()))??;
            reading.push(tokio::spawn(client.idle()));
            took.push(duration);
        }
    }
    println!("{} sessions, connect sequence {}", reading.len(), percentiles(took));
    tokio::time::sleep(SETTLE).await;
    if let (Some(before), Some(after)) = (before, target.pid.and_then(resident_kib)) {
        let each = after.saturating_sub(before) as f64 / target.count.max(1) as f64;
        println!("resident memory {before} KiB -> {after} KiB, {each:.1} KiB a session");
    }
    Ok(())
}

async fn open(target: Target, number: usize) -> Result<(Client, std::time::Duration), ClientError> {
    let began = Instant::now();
    let mut client = Client::connect(&target.url, &target.api_key, &format!("idle-{number}")).await?;
    client.bootstrap().await?;
    Ok((client, began.elapsed()))
}
