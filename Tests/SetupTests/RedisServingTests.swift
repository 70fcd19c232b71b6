import Configuration
import FoundationEssentials
import Redis
import Testing

@testable import Setup

@Suite struct RedisServingTests {
  @Test func nodeServesWhenItTrustsItsCluster() {
    #expect(Instance.RedisProgress(.bytes(Array("cluster_state:ok\r\ncluster_size:1\r\n".utf8))) == .serving)
    #expect(Instance.RedisProgress(.bytes(Array("cluster_state:fail\r\n".utf8))) == .joining)
    #expect(Instance.RedisProgress(.error(RedisError("LOADING Redis is loading the dataset in memory"))) == .loading)
    #expect(Instance.RedisProgress(.error(RedisError("CLUSTERDOWN The cluster is down"))) == .joining)
  }

  @Test func slowestNodeDecides() {
    #expect([Instance.RedisProgress.serving, .loading, .joining].min() == .loading)
  }
}
