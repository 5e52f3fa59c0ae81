interface NoticeProps {
  readonly text: string | undefined
  readonly onClose: () => void
}

/** Something went wrong that somebody should read. Always there, so that screen readers hear of a change. */
export const Notice = ({ text, onClose }: NoticeProps): React.ReactNode => (
  <div role="alert" className="notice-place">
    {text !== undefined && (
      <div className="banner banner-bad">
        <p>{text}</p>
        <button type="button" className="quiet" onClick={onClose}>
          Close
        </button>
      </div>
    )}
  </div>
)
