//! Pairs of users call each other over and over: ring, answer, hang up. Signalling only.
use super::Target;
use crate::{
    client::{Client, ClientError, by_name, destination},
    report::{cpu_seconds, percentiles},
};
use serde_json::json;
use std::time::{Duration, Instant};

/// Runs all pairs side by side and prints calls per second and how long the phone took to ring.
pub async fn run(target: &Target) -> Result<(), ClientError> {
    let cpu_before = target.pid.and_then(cpu_seconds);
    let began = Instant::now();
    let pairs: Vec<_> =
        (0..target.count).map(|pair| tokio::spawn(call_each_other(target.clone(), pair))).collect();
    let mut rings = Vec::new();
    for pair in pairs {
        rings.extend(pair.await.map_err(|error| ClientError::Connection(error.to_string()))??);
    }
    let calls = rings.len();
    println!(
        "{calls} calls, {:.0} a second; from call to ringing: {}",
        calls as f64 / began.elapsed().as_secs_f64(),
        percentiles(rings)
    );
    if let (Some(before), Some(after)) = (cpu_before, target.pid.and_then(cpu_seconds)) {
        println!("server CPU {:.2} ms a call", (after - before) * 1000.0 / calls.max(1) as f64);
    }
    Ok(())
}

async fn call_each_other(target: Target, pair: usize) -> Result<Vec<Duration>, ClientError> {
    let (caller_name, callee_name) = (format!("caller-{pair}"), format!("callee-{pair}"));
    let mut callee = Client::connect(&target.url, &target.api_key, &callee_name).await?;
    callee.bootstrap().await?;
    let mut caller = Client::connect(&target.url, &target.api_key, &caller_name).await?;
    caller.bootstrap().await?;
    let create = destination(&caller.user, "_actions", "createChannel");
    let channel =
        caller.request(&create, &json!({ "type": "DIRECT", "members": [by_name(&callee_name)] })).await?;
    let start = destination(&channel, "_actions", "call");
    let mut rings = Vec::with_capacity(target.rounds);
    for _ in 0..target.rounds {
        let began = Instant::now();
        let call = caller.request(&start, &json!({})).await?;
        callee.event("user.call.invited").await?;
        rings.push(began.elapsed());
        let watched = caller.subscribe(&destination(&call, "_topics", "self")).await?;
        caller.act(&destination(&call, "_actions", "ready"), &json!({})).await?;
        callee.subscribe(&destination(&call, "_topics", "self")).await?;
        callee.act(&destination(&call, "_actions", "ready"), &json!({})).await?;
        caller.event("call.self.active").await?;
        caller.unsubscribe(&watched).await?;
        callee.event("call.self.ended").await?;
        // What else came is not looked at.
        caller.drain().await?;
        callee.drain().await?;
    }
    Ok(rings)
}
