/**
 * session: one source, replayed and kept so that any moment of it can be looked at.
 */
import type {
  BlockFigures,
  ColumnKind,
  FrameColumn,
  FrameEvent,
  FrameNow,
  LabProgress,
  LabSession,
  Moment,
  Opened,
  OpenRequest,
} from "./protocol.js";

export class Session implements LabSession {
  async start(_base: string): Promise<void> {}
  async open(_request: OpenRequest, _onProgress: (progress: LabProgress) => void): Promise<Opened> {
    throw new Error("being written");
  }
  async seek(_event: number): Promise<Moment> {
    throw new Error("being written");
  }
  async column(_kind: ColumnKind): Promise<FrameColumn> {
    throw new Error("being written");
  }
  async frame(_pfn: number): Promise<FrameNow> {
    throw new Error("being written");
  }
  async history(_pfn: number, _limit: number): Promise<{ events: FrameEvent[]; total: number }> {
    throw new Error("being written");
  }
  async blocks(): Promise<BlockFigures> {
    throw new Error("being written");
  }
}
