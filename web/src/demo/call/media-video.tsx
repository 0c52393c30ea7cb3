/** A `<video>` that shows a stream, and says whether there is a picture yet. */
import { useEffect, useRef, type SyntheticEvent } from 'react';

export interface MediaVideoProps {
  stream: MediaStream | null;
  /** One's own sound is not played. */
  isSilent: boolean;
  className?: string;
  onPicture(hasPicture: boolean): void;
}

export function MediaVideo({ stream, isSilent, className, onPicture }: MediaVideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream;
    if (stream) return playWhenAllowed(element);
  }, [stream]);
  const look = ({ currentTarget }: SyntheticEvent<HTMLVideoElement>): void => onPicture(currentTarget.videoWidth > 0);
  return (
    <video
      ref={video} className={className} autoPlay playsInline muted={isSilent}
      onLoadedData={look} onResize={look} onEmptied={() => onPicture(false)}
    />
  );
}

/** Browsers may refuse sound before the first touch of the page; then it starts with that touch. */
function playWhenAllowed(element: HTMLVideoElement): () => void {
  const play = (): void => {
    element.play().catch(() => {});
  };
  play();
  const events = ['pointerdown', 'keydown'] as const;
  const retry = (): void => {
    if (element.paused) play();
  };
  for (const event of events) document.addEventListener(event, retry);
  return () => {
    for (const event of events) document.removeEventListener(event, retry);
  };
}
