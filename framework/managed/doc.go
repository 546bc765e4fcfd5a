// Package managed says what an instance of a managed service is told, how its
// clients tell it from another, and what came of using it. It is pure: the clients
// are in package use, the servers that vpcgate brings along in package serve.
//
// Every instance, real or a stand-in, is prepared alike:
//
//	redis   requirepass is the password; the key vpcgate:identity holds the identity
//	mysql   user app with the password; database vpcgate; its table identity has one row, name VARCHAR(64)
//	kafka   no authentication; ClusterID is the identity of the instance; topic vpcgate has as many
//	        partitions as there are brokers, partition i led by broker i
//	amqp    user app with the password on vhost /; the server property cluster_name is the identity;
//	        durable queue vpcgate
//	https   POST /v1/infer with {"instances": [[1, 2]]} and the header X-Auth-Token answers
//	        {"predictions": [3]} with the header X-Vpcgate-Identity; the certificate is of the run's CA
//
// A client asks for more than that:
//
//	redis   keys vpcgate:CLIENT:N of its own; CLIENT INFO says as whom it is seen (where it is not
//	        known, the answer has no source)
//	mysql   it makes the table records (id VARCHAR(190) PRIMARY KEY, value VARCHAR(190)) in database
//	        vpcgate if it is missing, inserts, selects, deletes; USER() says as whom it is seen
//	kafka   node ids rise in the order of Nodes; metadata, produce with acks and idempotence, fetch
//	amqp    it declares the durable queue vpcgate.CLIENT of its own, publishes with confirms to the
//	        default exchange, gets without acknowledging, acknowledges what is old; closing the
//	        channel returns the rest to the queue
//	https   the answer's header X-Vpcgate-Saw is the client's address as the server sees it; a wrong
//	        token is 401; the certificate is checked for the name ServerName, whatever address was dialled
package managed
